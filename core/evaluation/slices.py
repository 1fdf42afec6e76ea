"""Named subsets of the rows on which a model is looked at separately."""

from collections.abc import Sequence

import numpy as np


def text_length_slices(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Quarters of the rows by text length, shortest first.

    Returns:
        Boolean row mask, shape (rows,), by a name such as ``1-142 characters``. Rows of equal
        length share a slice, so there may be fewer than four.
    """
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    if not lengths.size:
        return {}
    upper = np.unique(np.quantile(lengths, [0.25, 0.5, 0.75], method="higher"))
    quarter = np.searchsorted(upper, lengths)
    masks = (quarter == value for value in np.unique(quarter))
    return {_name(lengths[mask]): mask for mask in masks}


def _name(lengths: np.ndarray) -> str:
    low, high = lengths.min(), lengths.max()
    return f"{low}-{high} characters" if low < high else f"{low} characters"
