"""Numbers of a table: cut off, imputed, scaled, with a flag where training had gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.models.table.columns import FloatArray

# No model gets anything larger: squares stay finite, and trees keep float32.
LIMIT = 1e30


@dataclass(frozen=True)
class NumberOptions:
    """See ``core.config.data.NumberConfig``."""

    impute: str
    scale: str
    clip: float


class NumberBlock:
    """Columns of numbers.

    Attributes:
        names: Of the output columns: each column that varies, then each flag.
        sources: The table's column behind each output column.
    """

    def __init__(
        self,
        matrix: FloatArray,
        names: Sequence[str],
        sources: Sequence[str],
        options: NumberOptions,
    ) -> None:
        """Finds out what to do with columns such as those of ``matrix``, shape (rows, columns)."""
        columns = [_present(column) for column in np.asfortranarray(matrix).T]
        self._flagged = _flagged(matrix, sources)
        self._fit(columns, options)
        self.names = (
            *(names[column] for column in self._kept),
            *(f"{sources[column]} is missing" for column in self._flagged),
        )
        self.sources = tuple(sources[column] for column in (*self._kept, *self._flagged))

    def transform(self, matrix: FloatArray) -> FloatArray:
        """Returns finite float64 of shape (rows, len(names))."""
        kept = np.clip(matrix[:, self._kept], self._low, self._high)
        kept = np.where(np.isnan(kept), self._fill, kept)
        scaled = np.clip((kept - self._center) / self._scale, -LIMIT, LIMIT)
        return np.hstack([scaled, np.isnan(matrix[:, self._flagged])])

    def _fit(self, columns: Sequence[FloatArray], options: NumberOptions) -> None:
        fitted = [_fit_column(values, options) for values in columns]
        self._kept = np.array(
            [number for number, values in enumerate(fitted) if values], dtype=np.int64
        )
        rows = [values for values in fitted if values]
        parameters = np.array(rows, dtype=np.float64).reshape(len(rows), 5).T
        self._low, self._high, self._fill, self._center, self._scale = parameters.copy()


def _present(column: FloatArray) -> FloatArray:
    return column[~np.isnan(column)]


def _flagged(matrix: FloatArray, sources: Sequence[str]) -> FloatArray:
    """Columns with gaps, and with values; one for each source."""
    missing = np.isnan(matrix)
    gaps = missing.any(axis=0) & ~missing.all(axis=0)
    first = {sources[column]: column for column in reversed(np.flatnonzero(gaps).tolist())}
    return np.array(sorted(first.values()), dtype=np.int64)


def _fit_column(
    values: FloatArray, options: NumberOptions
) -> tuple[float, float, float, float, float] | None:
    """Returns low, high, fill, center and scale; None for a column that does not vary."""
    low, high = -LIMIT, LIMIT
    if values.size and options.clip:
        low, high = np.quantile(values, [options.clip, 1 - options.clip])
    values = np.clip(values, low, high)
    if not values.size or values.min() == values.max():
        return None
    median, mean = float(np.median(values)), float(values.mean())
    fill = {"median": median, "mean": mean, "zero": float(np.clip(0.0, low, high))}[options.impute]
    if options.scale == "none":
        return low, high, fill, 0.0, 1.0
    center = median if options.scale == "robust" else mean
    return low, high, fill, center, _spread(values, options.scale)


def _spread(values: FloatArray, scale: str) -> float:
    """The interquartile range or the standard deviation; where it is 0, the next of them."""
    spreads = [values.std(), np.ptp(values)]
    if scale == "robust":
        spreads.insert(0, np.subtract(*np.quantile(values, [0.75, 0.25])))
    return float(next(spread for spread in spreads if spread > 0))
