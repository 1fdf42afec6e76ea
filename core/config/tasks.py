"""What each task type takes: the one table behind the checks of a config."""

from dataclasses import dataclass
from typing import Any, Literal

TaskName = Literal["text_classification", "tabular_classification", "regression"]

CLASS_METRICS = (
    "accuracy", "f1_macro", "precision_macro", "recall_macro", "auc", "log_loss", "ece",
)  # fmt: skip
QUANTITY_METRICS = ("r2", "rmse", "mae", "mape")
ALL_METRICS = (*CLASS_METRICS, *QUANTITY_METRICS)


@dataclass(frozen=True)
class TaskKind:
    """What a config of one task type may say.

    Attributes:
        takes: One text per row, or a table's row.
        metrics: Metrics for selection, rules and comparison; the first is the default.
        suite: The default suite of checks.
        models: Names of the models that can do it.
    """

    takes: Literal["text", "table"]
    metrics: tuple[str, ...]
    suite: str
    models: frozenset[str]

    @property
    def predicts_classes(self) -> bool:
        """Whether it predicts one of several classes, not a quantity."""
        return self.metrics is CLASS_METRICS


_LINEAR = {"logistic_regression", "linear_svm"}
_ANY = {"random_forest", "mlp", "xgboost", "soft_vote", "stacking"}

TASKS: dict[str, TaskKind] = {
    "text_classification": TaskKind(
        "text",
        CLASS_METRICS,
        "text_classification",
        frozenset({*_LINEAR, *_ANY, "multinomial_nb", "complement_nb", "transformer"}),
    ),
    "tabular_classification": TaskKind(
        "table",
        CLASS_METRICS,
        "tabular_classification",
        frozenset({*_LINEAR, *_ANY, "gaussian_nb", "hist_gradient_boosting"}),
    ),
    "regression": TaskKind(
        "table",
        QUANTITY_METRICS,
        "regression",
        frozenset({*_ANY, "linear_regression", "ridge", "hist_gradient_boosting"}),
    ),
}


def with_task_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """A config's values with what its task type says of metric and suite, where it is silent.

    Whatever is no mapping is left as it is, for the config's own check.
    """
    kind = TASKS.get(str(values.get("task", "text_classification")))
    if kind is None:
        return values
    for keys, default in (
        (("selection", "metric"), kind.metrics[0]),
        (("promotion", "compare", "metric"), kind.metrics[0]),
        (("validation", "suite"), kind.suite),
    ):
        values = _with_default(values, keys, default)
    return values


def _with_default(values: Any, keys: tuple[str, ...], default: str) -> Any:
    key, *rest = keys
    if not isinstance(values, dict):
        return values
    if rest:
        return values | {key: _with_default(values.get(key, {}), tuple(rest), default)}
    return {key: default} | values
