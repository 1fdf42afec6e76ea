"""Parts of the rows on which a model is looked at separately."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.config.rules import CLASS, LENGTH
from core.evaluation.bootstrap import weighted_metrics

MOST_VALUES = 20
OTHER, MISSING = "other", "missing"


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
    if not lengths.size:
        return ()
    upper = np.unique(np.quantile(lengths, [0.25, 0.5, 0.75], method="higher"))
    quarter = np.searchsorted(upper, lengths)
    masks = (quarter == value for value in np.unique(quarter))
    return tuple(Slice(LENGTH, _range(lengths[mask]), mask) for mask in masks)


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
    slices: Sequence[Slice], y: np.ndarray, proba: np.ndarray
) -> list[dict[str, float]]:
    """Every metric of ``classification_metrics`` that the rows of each slice define.

    Args:
        slices: Parts of the rows, none of them empty.
        y: Class ids, shape (rows,).
        proba: Probabilities, shape (rows, classes).
    """
    masks = np.array([part.mask for part in slices], dtype=np.float64).reshape(-1, len(y))
    weights = masks * (len(y) / masks.sum(axis=1, keepdims=True))
    values = weighted_metrics(weights, y, proba)
    return [
        {name: float(row[i]) for name, row in values.items() if not np.isnan(row[i])}
        for i in range(len(slices))
    ]


def _range(lengths: np.ndarray) -> str:
    low, high = lengths.min(), lengths.max()
    return f"{low}-{high} characters" if low < high else f"{low} characters"
