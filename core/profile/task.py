"""Which task a target makes: classes or a quantity, texts or a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.config.tasks import TASKS, TaskName
from core.errors import DataError
from core.profile.columns import Column
from core.profile.words import number

MOST_CLASSES = 100
# Whole numbers up to here may be grades or amounts; only people know.
FEW_VALUES = 20
FEWEST_ROWS = 10
# Its interval needs four rows of the validation split.
FEWEST_FOR_QUANTITY = 25
_CLASS_NAMES = {"label", "labels", "class", "classes", "class_label", "target_class", "label_id"}
FEWEST_PER_CLASS = 3


@dataclass(frozen=True)
class Verdict:
    """Whether the target is a class or a quantity.

    Attributes:
        classes: Whether it is a class.
        why: What speaks for it.
        is_clear: Whether nothing speaks against it.
    """

    classes: bool
    why: str
    is_clear: bool = True


def judge_target(target: Column) -> Verdict:
    """Classes or a quantity, by the target's values."""
    distinct = target.distinct
    if not target.is_number:
        return Verdict(True, f"{distinct} distinct values")
    if distinct == 2:
        return Verdict(True, "two values")
    if _counts_classes(target):
        return Verdict(True, f"numbers of classes from 0 to {number(target.high)}, by its name too")
    span = f"{distinct} distinct numbers from {number(target.low)} to {number(target.high)}"
    if distinct > FEW_VALUES or distinct > target.present / 2:
        return Verdict(False, span)
    if not target.is_whole:
        return Verdict(False, span, is_clear=distinct > FEW_VALUES // 2)
    return Verdict(distinct <= FEW_VALUES // 2, span, is_clear=False)


def _counts_classes(target: Column) -> bool:
    counts = target.is_whole and target.low == 0 and target.high == target.distinct - 1
    name = target.name.strip().lower()
    return counts and name in _CLASS_NAMES and target.distinct <= FEW_VALUES


def task_of(classes: bool, inputs: Sequence[Column]) -> TaskName:
    """The task of a target and the columns that are left for the model."""
    if not classes:
        return "regression"
    is_one_text = [column.kind for column in inputs] == ["text"]
    return "text_classification" if is_one_text else "tabular_classification"


def takes(task: TaskName, inputs: Sequence[Column]) -> bool:
    """Whether a task can use these columns."""
    return TASKS[task].takes == "table" or any(column.kind == "text" for column in inputs)


def require_learnable(target: Column, classes: bool, whole: bool) -> None:
    """Check that a model can be made of it.

    Args:
        target: The column to predict.
        classes: Whether it is a class.
        whole: Whether all rows were seen.

    Raises:
        DataError: too few rows, or classes that are too many or too small.
    """
    where = f"--target: {target.name!r}"
    fewest = FEWEST_ROWS if classes else FEWEST_FOR_QUANTITY
    if target.present < fewest:
        raise DataError(
            f"{where} is known in {target.present} rows: a model needs {fewest} at least, and "
            "some hundred to be of use; add rows"
        )
    if not classes:
        if not target.is_number:
            raise DataError(
                f"{where} holds no numbers for regression: give --task "
                "tabular_classification, or another --target"
            )
        return
    if target.distinct > MOST_CLASSES or target.distinct > target.present / 2:
        raise DataError(
            f"{where} has {target.distinct} distinct values in {target.present} rows, too many for "
            "classes: choose another --target"
            + (", or --task regression" if target.is_number else "")
        )
    small = [f"{name!r} ({rows})" for name, rows in target.levels if rows < FEWEST_PER_CLASS]
    if small and whole:
        raise DataError(
            f"{where} has classes of fewer than {FEWEST_PER_CLASS} rows: {', '.join(small[:8])}; "
            "train, validation and test need one each: add rows, merge the classes, or delete "
            "their rows"
        )
