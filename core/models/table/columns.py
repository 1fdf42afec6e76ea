"""Columns of a table, from a frame or from plain rows (``core.features``), as the same values.

Imports no pandas: encoders are unpickled where there is none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Table = Any  # A pandas frame, or a sequence of plain rows.

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - dates count as they read, whatever their zone
_DAY = timedelta(days=1)
_PARTS: dict[str, Callable[[datetime], float]] = {
    "days": lambda date: (date - _EPOCH) / _DAY,
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": lambda date: date.weekday(),
    "hour": lambda date: date.hour,
}


def number_columns(table: Table, names: Sequence[str]) -> FloatArray:
    """Returns the columns side by side, shape (rows, len(names)), NaN where a value is missing."""
    if _is_frame(table):
        frame = table[list(names)]
        matrix: FloatArray = frame.to_numpy(dtype=np.float64, na_value=np.nan)
        return matrix
    values = [[row[name] for name in names] for row in table]
    return np.array(values, dtype=np.float64).reshape(len(values), len(names))


def text_column(table: Table, name: str) -> list[str | None]:
    """Returns the values of a category, date or text; None where one is missing."""
    if _is_frame(table):
        column: list[str | None] = table[name].to_numpy(dtype=object, na_value=None).tolist()
        return column
    rows: Sequence[Mapping[str, Any]] = table
    return [row[name] for row in rows]


def date_columns(values: Sequence[str | None], parts: Sequence[str]) -> FloatArray:
    """Returns the parts of ISO dates, shape (len(values), len(parts)), NaN where one is missing.

    ``days`` counts from 1970, with fractions; the others are as they read, Monday being 0.
    """
    readers = [_PARTS[part] for part in parts]
    missing = [np.nan] * len(parts)
    matrix = [
        missing if value is None else [float(read(date)) for read in readers]
        for value, date in ((value, _parsed(value)) for value in values)
    ]
    return np.array(matrix, dtype=np.float64).reshape(len(values), len(parts))


def _parsed(value: str | None) -> Any:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=None)


def _is_frame(table: Table) -> bool:
    return hasattr(table, "iloc")
