"""What was answered lately, by request id: feedback is told against it, whichever worker asks."""

import struct
from typing import NamedTuple

from service.shared_table import SharedTable

_RECORD = struct.Struct("<I64s20s")
SLOTS = 65_536
VALUE_SIZE = _RECORD.size


class Remembered(NamedTuple):
    """An earlier answer."""

    label_id: int
    model: str
    version: str


class Memory:
    """A table of fixed size, shared by the workers; the oldest answers make room."""

    def __init__(self, table: SharedTable) -> None:
        self._table = table

    def remember(self, request_id: str, model: str, version: str, label_id: int) -> None:
        """Keep an answer."""
        record = _RECORD.pack(label_id, model.encode(), version.encode())
        self._table.put(request_id, record)

    def recall(self, request_id: str) -> Remembered | None:
        """The answer to a request; None when it is unknown or forgotten."""
        record = self._table.get(request_id)
        if record is None:
            return None
        label_id, model, version = _RECORD.unpack(record)
        return Remembered(label_id, model.rstrip(b"\0").decode(), version.rstrip(b"\0").decode())
