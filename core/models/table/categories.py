"""Categories of a table: a column for each level, for rare levels and for missing values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import intern

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True)
class CategoryOptions:
    """See ``core.config.data.CategoryConfig``."""

    min_rows: int
    max_levels: int


class CategoryColumn:
    """One column.

    A level that training did not have counts as a rare one; where training had no rare level, and
    so nothing could be learnt about them, it is none of the levels.

    Attributes:
        levels: Those told apart, most frequent first.
        names: Of the output columns; none if the column does not vary.
    """

    def __init__(self, name: str, values: Sequence[str | None], options: CategoryOptions) -> None:
        counts = Counter(values)
        has_gaps = counts.pop(None, 0) > 0
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [level for level, rows in ordered if level and rows >= options.min_rows]
        # Interned, so that a pickle's bytes depend on what is equal, not on what is the same.
        self.levels = tuple(map(intern, kept[: options.max_levels]))
        rare = ("a rare level",) * (len(counts) > len(self.levels))
        missing = ("missing",) * has_gaps
        names = [f"{name}={level}" for level in self.levels]
        names += [f"{name} is {state}" for state in (*rare, *missing)]
        self._codes = {level: code for code, level in enumerate(self.levels)}
        self._rare = len(self.levels) if rare else -1
        self._missing = len(names) - 1 if missing else self._rare
        self.names = tuple(names) if len(names) > 1 else ()

    def codes(self, values: Sequence[str | None]) -> NDArray[np.int64]:
        """Returns the output column of each value, -1 for none of them."""
        if not self.names:
            return np.full(len(values), -1)
        known, rare, missing = self._codes, self._rare, self._missing
        found = [missing if v is None else known.get(v, rare) for v in values]
        return np.array(found, dtype=np.int64)


def one_hot(
    columns: Mapping[str, CategoryColumn], values: Mapping[str, Sequence[str | None]], rows: int
) -> sparse.csr_matrix:
    """Returns the output columns of all ``columns`` side by side, ones and zeros."""
    places, codes, width = [], [], 0
    for name, column in columns.items():
        found = column.codes(values[name])
        place = (found >= 0).nonzero()[0]
        places.append(place)
        codes.append(found[place] + width)
        width += len(column.names)
    row, code = (np.concatenate([np.empty(0, np.int64), *parts]) for parts in (places, codes))
    return sparse.csr_matrix((np.ones(row.size), (row, code)), shape=(rows, width))
