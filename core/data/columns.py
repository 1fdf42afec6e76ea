"""Columns in one plain form, whatever file format or writer they came from."""

from collections.abc import Sequence
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import DataError


def plain_table(table: pa.Table) -> pa.Table:
    """Every column in its plain form, see :func:`plain`.

    Raises:
        DataError: A column holds something else than single values.
    """
    columns = [plain(table[name], name) for name in table.column_names]
    return pa.table(columns, names=table.column_names)


def plain(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column as large_string, int64, float64 or bool.

    Dictionaries are decoded. The empty string and NaN become null, because CSV can't tell an empty
    text from a missing one and pandas stores missing numbers as NaN. Floats become int64 when all
    are whole, because a missing value turns whole numbers to floats in pandas. Dates and decimals
    become their text.

    Args:
        column: The column, shape (rows,).
        name: Its name, for the error.

    Raises:
        DataError: The column holds something else than single values.
    """
    kind = column.type
    try:
        if pa.types.is_dictionary(kind):
            return plain(column.cast(kind.value_type), name)
        if pa.types.is_boolean(kind):
            return column
        if pa.types.is_integer(kind):
            return column.cast(pa.int64())
        if pa.types.is_floating(kind):
            return _plain_floats(column.cast(pa.float64()))
        strings = column.cast(pa.large_string())
        return pc.if_else(pc.equal(strings, ""), None, strings)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"column {name!r} holds {kind} values: give a column of strings, integers or booleans"
        ) from error


def _plain_floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    column = pc.if_else(pc.is_nan(column), None, column)
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def as_text(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The plain table with these columns as text: 3, 1.5, true."""
    for name in names:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].cast(pa.large_string()))
    return table


def require_columns(existing: Sequence[str], text: str, columns: Sequence[str], where: str) -> None:
    """Checks that all columns exist.

    Args:
        existing: Names of the columns that are there.
        text: The configured text column.
        columns: Names of the columns needed; the second is the label, further ones are slices.
        where: The source in words, for the error.

    Raises:
        DataError: A column is missing; names the config key and the nearest column.
    """
    for name in columns:
        if name in existing:
            continue
        if name == text:
            key = "data.text"
        else:
            key = "data.label" if name in columns[:2] else "data.slices"
        nearest = get_close_matches(name, existing, n=1, cutoff=0.0)
        example = nearest[0] if nearest else "COLUMN"
        value = f"[{example}]" if key == "data.slices" else example
        listed = ", ".join(map(repr, existing[:20])) or "none"
        raise DataError(
            f"{key}: {where} has no column {name!r} (columns: {listed}); try --set {key}={value}"
        )
