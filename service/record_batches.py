"""Rows → Arrow IPC messages, column by column, without a Python object per value."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import nanoarrow as na
import numpy as np
from nanoarrow.c_array_stream import CArrayStream
from nanoarrow.ipc import StreamWriter

from core.prediction_log import COLUMNS, Kind, Type

END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"

_TYPES: dict[Type, Any] = {
    "time": na.timestamp("us", "UTC"),
    "text": na.string(),
    "integer": na.int64(),
    "number": na.float64(),
    "numbers": na.list_(na.float64()),
}
_SCHEMAS: dict[Kind, Any] = {
    kind: na.c_schema(na.struct({name: _TYPES[columns[name]] for name in columns}, nullable=False))
    for kind, columns in COLUMNS.items()
}


def record_batch(kind: Kind, columns: Sequence[Sequence[Any]]) -> bytes:
    """A record batch as an IPC message.

    Args:
        kind: Says which columns there are.
        columns: Values of shape (rows,), None for missing ones; times in seconds since 1970. What
            UTF-8 can't hold becomes a question mark.
    """
    types = COLUMNS[kind].values()
    children = [_array(type_, values) for type_, values in zip(types, columns, strict=True)]
    array = na.c_array_from_buffers(_SCHEMAS[kind], len(columns[0]), [None], children=children)
    return _message(lambda writer: writer.write_array(array, write_schema=False))


def _array(type_: Type, values: Sequence[Any]) -> Any:
    match type_:
        case "text":
            return _texts(values)
        case "numbers":
            return _lists(values)
        case "number":
            return _numbers(type_, values, np.float64)
        case "time":
            return _numbers(type_, [round(value * 1e6) for value in values], np.int64)
        case "integer":
            return _numbers(type_, values, np.int64)


def _numbers(type_: Type, values: Sequence[Any], dtype: type) -> Any:
    validity = _validity(values)
    present = values if validity is None else [0 if value is None else value for value in values]
    return na.c_array_from_buffers(_TYPES[type_], len(values), [validity, np.array(present, dtype)])


def _texts(values: Sequence[str | None]) -> Any:
    parts = [b"" if value is None else value.encode("utf-8", "replace") for value in values]
    buffers = [_validity(values), _offsets(parts), b"".join(parts)]
    return na.c_array_from_buffers(_TYPES["text"], len(values), buffers)


def _lists(values: Sequence[Sequence[float]]) -> Any:
    flat = [item for value in values for item in value]
    items = _numbers("number", flat, np.float64)
    buffers = [None, _offsets(values)]
    return na.c_array_from_buffers(_TYPES["numbers"], len(values), buffers, children=[items])


def _offsets(parts: Sequence[Sequence[Any]]) -> np.ndarray:
    offsets = np.zeros(len(parts) + 1, np.int32)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return offsets


def _validity(values: Sequence[Any]) -> np.ndarray | None:
    """Arrow's bitmap of the values that are there; None when all are."""
    if None not in values:
        return None
    return np.packbits([value is not None for value in values], bitorder="little")


def _message(write: Callable[[StreamWriter], None]) -> bytes:
    content = io.BytesIO()
    writer = StreamWriter.from_writable(content)
    write(writer)
    writer.release()
    return content.getvalue()


def _schema_message(kind: Kind) -> bytes:
    empty = CArrayStream.from_c_arrays([], _SCHEMAS[kind])
    return _message(lambda writer: writer.write_stream(empty))


SCHEMA_MESSAGES: dict[Kind, bytes] = {kind: _schema_message(kind) for kind in COLUMNS}
