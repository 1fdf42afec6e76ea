"""What was answered lately, by request id: feedback is told against it, whichever worker asks."""

import struct
from typing import NamedTuple

from service.shared_table import SharedTable

_RECORD = struct.Struct("<d64s20s")
SLOTS = 65_536
VALUE_SIZE = _RECORD.size


class Remembered(NamedTuple):
    """An earlier answer: a class id, or a quantity."""

    said: float
    model: str
    version: str


class Memory:
    """A table of fixed size, shared by the workers; the oldest answers make room."""

    def __init__(self, table: SharedTable) -> None:
        self._table = table

    def remember(self, request_id: str, model: str, version: str, said: float) -> None:
        """Keep an answer."""
        record = _RECORD.pack(said, model.encode(), version.encode())
        self._table.put(request_id, record)

    def recall(self, request_id: str) -> Remembered | None:
        """The answer to a request; None when it is unknown or forgotten."""
        record = self._table.get(request_id)
        if record is None:
            return None
        said, model, version = _RECORD.unpack(record)
        return Remembered(said, model.rstrip(b"\0").decode(), version.rstrip(b"\0").decode())
