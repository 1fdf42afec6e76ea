"""Columns in one plain form, whatever file format or writer they came from."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import DataError

# How --set writes the value of a key, where not as it is.
_VALUES = {"data.slices": "[{}]", "data.drop": "[{}]", "data.columns": "{{{}: number}}"}


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
    are whole, because a missing value turns whole numbers to floats in pandas. Dates, decimals and
    integers beyond int64 become their text.

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
            return _plain_integers(column)
        if pa.types.is_floating(kind):
            return _plain_floats(column.cast(pa.float64()))
        strings = column.cast(pa.large_string())
        return pc.if_else(pc.equal(strings, ""), None, strings)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"column {name!r} holds {kind} values: give a column of single values, or leave it out"
        ) from error


def _plain_integers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column.cast(pa.large_string())


def _plain_floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    column = pc.if_else(pc.is_nan(column), None, column)
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        return column


def unless_blank(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts, null where there is nothing but white space."""
    return pc.if_else(pc.equal(pc.utf8_trim_whitespace(texts), ""), None, texts)


def has_leading_zeros(texts: pa.ChunkedArray) -> bool:
    """Whether a text is a code such as 007, which is no number."""
    return bool(pc.any(pc.match_substring_regex(texts, r"^\s*[+-]?0\d")).as_py())


def as_text(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """The plain table with these columns as text: 3, 1.5, true."""
    for name in names:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table[name].cast(pa.large_string()))
    return table


def guess_types(table: pa.Table, texts: Collection[str]) -> pa.Table:
    """Columns as integers, floats or booleans where all their texts are such, but for ``texts``.

    Codes with leading zeros stay texts.
    """
    names = table.column_names
    columns = [table[name] if name in texts else _guessed(table[name]) for name in names]
    return pa.table(columns, names=names)


def _guessed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kinds = () if has_leading_zeros(column) else (pa.int64(), pa.float64(), pa.bool_())
    for kind in kinds:
        try:
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    return column


def require_columns(existing: Sequence[str], wanted: Mapping[str, str], where: str) -> None:
    """Checks that all columns exist.

    Args:
        existing: Names of the columns that are there.
        wanted: The config key that names each column needed.
        where: The source in words, for the error.

    Raises:
        DataError: A column is missing; names the config key and the nearest column.
    """
    there = set(existing)
    for name, key in wanted.items():
        if name in there:
            continue
        nearest = get_close_matches(name, existing, n=1, cutoff=0.0)
        listed = ", ".join(map(repr, existing[:20])) or "none"
        raise DataError(
            f"{key}: {where} has no column {name!r} (columns: {listed}); "
            f"try --set {key}={_VALUES.get(key, '{}').format(*nearest or ['COLUMN'])}"
        )
