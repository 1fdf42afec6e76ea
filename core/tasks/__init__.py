"""Task types behind one protocol; the only place that knows which task a config names."""

from core.tasks.base import Task
from core.tasks.tabular import Regression, TabularClassification
from core.tasks.text_classification import TextClassification

_TASKS: dict[str, Task] = {
    "text_classification": TextClassification(),
    "tabular_classification": TabularClassification(),
    "regression": Regression(),
}


def get_task(name: str) -> Task:
    """The task type that a config's ``task`` names."""
    return _TASKS[name]


__all__ = ["Task", "get_task"]
