"""The identity of data: a hash of its content, not of the file that holds it."""

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.columns import plain

_VERSION = b"gatehouse-fingerprint-1"


def fingerprint(table: pa.Table | pd.DataFrame) -> str:
    """SHA-256 of the content of a table.

    Equal for the same column names, rows and order, whatever the file format, chunks, integer
    width, or kind of string (large, dictionary, view); different when a name, a value, a missing
    value or the order of rows or columns differs. Values are compared in their plain form
    (:func:`core.data.columns.plain`): the empty string, NaN and null are the same missing value,
    and 1.0 equals 1 in a column of whole numbers. A pandas index is ignored.

    The hash is over: a version tag; rows and columns as int64; then per column its name (int64
    length, UTF-8), its kind (one byte: ``s``, ``i``, ``f``, ``b``, or ``n`` when nothing but
    missing values) and its values. Strings are one int64 byte length per row (-1 = missing), then
    all UTF-8 bytes; other kinds are one byte per row (1 = present), then the values as 8 bytes
    each (0 where missing). All integers are little-endian.

    Args:
        table: The rows; a data frame's columns keep their order.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: A column holds something else than single values.
    """
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    digest = hashlib.sha256(_VERSION)
    digest.update(_int64(table.num_rows, table.num_columns))
    for name in table.column_names:
        encoded = name.encode()
        digest.update(_int64(len(encoded)) + encoded)
        for part in _parts(plain(table[name], name)):
            digest.update(part)
    return digest.hexdigest()


def _parts(column: pa.ChunkedArray) -> Iterator[bytes | memoryview]:
    if column.null_count == len(column):
        yield b"n"
    elif pa.types.is_large_string(column.type):
        yield b"s"
        yield _numbers(pc.binary_length(column).fill_null(-1), "<i8")
        yield from map(_utf8, column.chunks)
    else:
        kind = {pa.bool_(): "b", pa.int64(): "i", pa.float64(): "f"}[column.type]
        yield kind.encode()
        yield _numbers(column.is_valid(), "u1")
        numbers = column.cast(pa.int64()) if kind == "b" else column
        yield _numbers(numbers.fill_null(0), "<f8" if kind == "f" else "<i8")


def _utf8(chunk: pa.LargeStringArray) -> bytes | memoryview:
    """The bytes of all strings in a row, without copying them."""
    chunk = chunk.fill_null("")  # a missing row may own bytes in the buffer
    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return b""
    bounds = np.frombuffer(offsets, dtype="<i8")[[chunk.offset, chunk.offset + len(chunk)]]
    return memoryview(data)[bounds[0] : bounds[1]]


def _numbers(column: pa.ChunkedArray, dtype: str) -> bytes:
    values: np.ndarray = column.to_numpy()
    return values.astype(dtype).tobytes()


def _int64(*values: int) -> bytes:
    return np.array(values, dtype="<i8").tobytes()
