"""Parts of the rows on which a model is looked at separately."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.config.rules import CLASS, LENGTH
from core.data.dataset import Dataset
from core.evaluation.family import MetricFamily

MOST_VALUES = 20
OTHER, MISSING = "other", "missing"
_FEW_NUMBERS = 4


@dataclass(frozen=True)
class Slice:
    """The rows that share a property.

    Attributes:
        kind: Which property: ``class``, ``length``, or a column's name.
        value: Its value.
        mask: Which rows have it, boolean, shape (rows,).
    """

    kind: str
    value: str
    mask: np.ndarray

    def __len__(self) -> int:
        return int(self.mask.sum())


def class_slices(labels: Sequence[str], y: np.ndarray) -> tuple[Slice, ...]:
    """The rows of each class, in id order; a class without rows has an empty one."""
    return tuple(Slice(CLASS, label, y == i) for i, label in enumerate(labels))


def text_length_slices(texts: Sequence[str]) -> tuple[Slice, ...]:
    """Quarters of the rows by text length, shortest first.

    Values are such as ``1-142 characters``. Rows of equal length share a slice, so there may be
    fewer than four.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return _quarters(LENGTH, lengths, _characters)


def dataset_slices(dataset: Dataset) -> tuple[Slice, ...]:
    """The slices of each column of ``dataset.slices``: numbers by quarters, others by value."""
    return tuple(part for name in dataset.slices for part in _slices_of(dataset, name))


def _slices_of(dataset: Dataset, column: str) -> tuple[Slice, ...]:
    values = dataset.frame[column]
    if values.dtype.kind in "iuf":
        return number_slices(column, values.to_numpy(np.float64))
    return column_slices(column, values.tolist())


def number_slices(column: str, values: np.ndarray) -> tuple[Slice, ...]:
    """Quarters of the rows by a number, smallest first, such as ``0.5 to 3``; NaN is ``missing``.

    A number of few distinct values, such as a flag or a count, has a slice for each.
    """
    missing = np.isnan(values)
    present = np.unique(values[~missing])
    if len(present) <= _FEW_NUMBERS:
        parts = tuple(Slice(column, f"{value:g}", values == value) for value in present)
    else:
        parts = _quarters(column, values, _range)
    return (*parts, *((Slice(column, MISSING, missing),) if missing.any() else ()))


def _quarters(
    kind: str, values: np.ndarray, named: Callable[[np.ndarray], str]
) -> tuple[Slice, ...]:
    present = values[~np.isnan(values)]
    if not present.size:
        return ()
    upper = np.unique(np.quantile(present, [0.25, 0.5, 0.75], method="higher"))
    quarter = np.where(np.isnan(values), -1, np.searchsorted(upper, values))
    masks = (quarter == value for value in np.unique(quarter) if value >= 0)
    return tuple(Slice(kind, named(values[mask]), mask) for mask in masks)


def column_slices(column: str, values: Sequence[object]) -> tuple[Slice, ...]:
    """The rows of each value of a column, the most frequent first.

    Beyond :data:`MOST_VALUES` values, the rest is together the slice ``other``; rows without a
    value (None, NaN) are ``missing``.
    """
    named = [value if isinstance(value, str) else MISSING for value in values]
    # Of equally frequent ones the first in the alphabet, so that row order decides nothing.
    ranked = sorted(Counter(named).items(), key=lambda item: (-item[1], item[0]))
    kept = dict.fromkeys(value for value, _ in ranked[:MOST_VALUES])
    shown = np.array([value if value in kept else OTHER for value in named], dtype=object)
    every = kept if len(ranked) <= MOST_VALUES else kept | {OTHER: None}
    return tuple(Slice(column, value, shown == value) for value in every)


def slice_metrics(
    family: MetricFamily, slices: Sequence[Slice], y: np.ndarray, outputs: np.ndarray
) -> list[dict[str, float]]:
    """Every metric of the family that the rows of each slice define.

    Args:
        family: The metrics.
        slices: Parts of the rows, none of them empty.
        y: Truth, shape (rows,).
        outputs: What the model says, shape (rows, outputs).
    """
    masks = np.array([part.mask for part in slices], dtype=np.float64).reshape(-1, len(y))
    weights = masks * (len(y) / masks.sum(axis=1, keepdims=True))
    values = family.weighted(weights, y, outputs, None)
    return [
        {name: float(row[i]) for name, row in values.items() if not np.isnan(row[i])}
        for i in range(len(slices))
    ]


def _characters(lengths: np.ndarray) -> str:
    low, high = lengths.min(), lengths.max()
    return f"{low}-{high} characters" if low < high else f"{low} characters"


def _range(numbers: np.ndarray) -> str:
    low, high = numbers.min(), numbers.max()
    return f"{low:g} to {high:g}" if low < high else f"{low:g}"
