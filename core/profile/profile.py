"""From a sample to decisions: target, task, inputs, what is left out and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from core.config.data import FileSource
from core.config.tasks import TASKS, TaskName
from core.data.columns import guess_types, plain
from core.data.labels import class_values, distinct_values, label_names
from core.data.numbers import MISSING_WORDS
from core.errors import ConfigError, DataError
from core.profile.columns import Column, look_at, unreadable_column
from core.profile.leaks import Target, leak_of_gaps, leak_of_levels, leak_of_numbers
from core.profile.sample import Sample
from core.profile.task import require_learnable, takes, task_of
from core.profile.words import listed

_MOST_PINNED = 50


@dataclass(frozen=True)
class Profile:
    """Decisions on a source, each with its reason.

    Attributes:
        sample: What was looked at.
        target: The column to predict.
        why_target: What speaks for it.
        task: The task type.
        why_task: What speaks for it.
        columns: All columns but the target, in the order of the source; those with a ``problem``
            are left out of the model.
    """

    sample: Sample
    target: Column
    why_target: str
    task: TaskName
    why_task: str
    columns: tuple[Column, ...]

    @property
    def inputs(self) -> tuple[Column, ...]:
        """What the model sees."""
        return tuple(column for column in self.columns if not column.problem)

    @property
    def dropped(self) -> tuple[Column, ...]:
        """What it does not."""
        return tuple(column for column in self.columns if column.problem)

    @property
    def has_classes(self) -> bool:
        """Whether a class is predicted."""
        return TASKS[self.task].predicts_classes

    @property
    def pinned_labels(self) -> tuple[str, ...]:
        """The classes by name, where all rows were seen and the source names none itself."""
        pinned = self.has_classes and self.sample.whole and self.target.distinct <= _MOST_PINNED
        if not pinned or self.target.name in self.sample.class_names:
            return ()
        return label_names(distinct_values(_label_column(self.sample, self.target), ""))

    @property
    def target_summary(self) -> str:
        """What was seen of the target, in a few words."""
        return self.target.classes if self.has_classes else self.target.summary

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a quantity."""
        return self.target.distinct if self.has_classes else 0


def all_columns(sample: Sample) -> tuple[Column, ...]:
    """The figures of every column."""
    table, source = sample.table, sample.source
    decimal = source.decimal if isinstance(source, FileSource) else "."
    readable = (_named(look_at(table[name], name, decimal)) for name in table.column_names)
    others = (unreadable_column(*item, table.num_rows) for item in sample.unreadable.items())
    return (*readable, *others)


def _named(column: Column) -> Column:
    """A caller of the service could not name a column without a name."""
    if column.problem or column.name.strip():
        return column
    return replace(column, problem="it has no name: name it in the file to use it")


def decide(
    sample: Sample,
    columns: Sequence[Column],
    chosen: tuple[Column, str],
    judged: tuple[TaskName | None, bool, str],
) -> Profile:
    """The profile of a source whose target is known.

    Args:
        sample: What was looked at.
        columns: All columns.
        chosen: The target, and what speaks for it.
        judged: The task, where it was given; whether the target is a class; what speaks for that.

    Raises:
        ConfigError: the task can't use the columns.
        DataError: no model can be made of the data.
    """
    (target, why_target), (given, classes, why_task) = chosen, judged
    require_learnable(target, classes, sample.whole)
    if classes:
        _require_plain_classes(sample, target)
    others = [column for column in columns if column.name != target.name]
    others = _without_leaks(others, target, classes)
    inputs = [column for column in others if not column.problem]
    _require_inputs(target, others)
    _require_finite([target, *inputs])
    task = given or task_of(classes, inputs)
    if not takes(task, inputs):
        raise ConfigError(
            f"--task {task}: no column holds free text; there is "
            f"{listed([f'{column.name} ({column.kind})' for column in inputs])}"
        )
    if TASKS[task].takes == "text":
        others = _with_one_text(others)
    return Profile(sample, target, why_target, task, why_task, tuple(others))


def _require_inputs(target: Column, others: Sequence[Column]) -> None:
    if all(column.problem for column in others):
        lost = listed([f"{column.shown_name} ({column.problem})" for column in others])
        raise DataError(
            f"--data: no column is left to predict {target.name!r} from: {lost}; "
            "give a file with columns that a model can learn from"
        )


def _label_column(sample: Sample, target: Column) -> pa.ChunkedArray:
    """The target as a run reads classes: in its plain form, typed where all values have a type."""
    table = sample.table.select([target.name])
    typed = (table if sample.is_typed else guess_types(table, ()))[target.name]
    return class_values(plain(typed, target.name))


def _require_plain_classes(sample: Sample, target: Column) -> None:
    """A word for a missing value among numbers would be a class of its own."""
    values = _label_column(sample, target)
    if target.is_number and pa.types.is_large_string(values.type):
        words = sorted(set(values.drop_null().to_pylist()) & MISSING_WORDS)
        if words:
            raise DataError(
                f"--target: {target.name!r} holds numbers and {listed(words)}, which would be a "
                "class of its own: leave missing values empty"
            )


def _require_finite(columns: Sequence[Column]) -> None:
    odd = [f"{column.name} ({column.infinite})" for column in columns if column.infinite]
    if odd:
        raise DataError(
            f"--data: infinite values in {listed(odd)}: give finite numbers, or leave them out"
        )


def _target_values(target: Column, classes: bool) -> tuple[np.ndarray, Target]:
    """Which rows have a target, and what it is."""
    values = target.values
    if not target.is_number:
        known = values > 0
        return known, Target(np.unique(values[known], return_inverse=True)[1], target.distinct)
    known = np.isfinite(values)
    if classes:
        return known, Target(np.unique(values[known], return_inverse=True)[1], target.distinct)
    return known, Target(values[known], 0)


def _without_leaks(columns: Sequence[Column], target: Column, classes: bool) -> list[Column]:
    known, values = _target_values(target, classes)
    return [column if column.problem else _judged(column, known, values) for column in columns]


def _judged(column: Column, known: np.ndarray, target: Target) -> Column:
    leak = _leak(column, column.values[known], target)
    return replace(column, problem=f"leaks the target: {leak}") if leak else column


def _leak(column: Column, values: np.ndarray, target: Target) -> str:
    if column.is_number:
        return leak_of_numbers(values, target)
    if column.kind == "category":
        return leak_of_levels(values, target)
    return leak_of_gaps(values > 0, target)


def _with_one_text(columns: Sequence[Column]) -> list[Column]:
    """A text task takes one text: the one that differs most."""
    texts = [column for column in columns if column.kind == "text" and not column.problem]
    best = max(texts, key=lambda column: column.distinct)
    unused = "not used: the task takes one text"
    return [
        column if column.problem or column is best else replace(column, problem=unused)
        for column in columns
    ]
