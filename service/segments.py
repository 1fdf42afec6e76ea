"""Append-only files that several workers write into one folder, rotated and bounded."""

import fcntl
import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from core.files import is_held
from core.prediction_log import Kind, segment_name, segments
from service.record_batches import END_OF_STREAM, SCHEMA_MESSAGES

logger = logging.getLogger(__name__)

SEGMENTS = 16  # of a full folder
LARGEST_SEGMENT = 16 * 2**20
OLDEST_SEGMENT = 3600.0


class Segments:
    """One worker's files of one kind.

    A file is closed when it is large or old. Whoever opens one first deletes the oldest closed
    files, so that all files, with the open ones at their largest, stay within the limit; a file is
    open as long as its writer lives and holds its lock. A batch that is larger than a file may be
    gets a file of its own.

    Args:
        folder: Made if it is missing.
        kind: Of the rows.
        most_bytes: Of the folder.
    """

    def __init__(self, folder: Path, kind: Kind, most_bytes: int) -> None:
        self._folder = folder
        self._kind = kind
        self._most_bytes = most_bytes
        self._largest = largest_segment(most_bytes)
        self._number = 0
        self._descriptor: int | None = None
        self._size = 0
        self._opened = 0.0

    def append(self, batch: bytes) -> None:
        """Write a record batch, to a new file if the current one is full, old or deleted.

        Raises:
            OSError: not written; the file is as before.
        """
        if self._size and self._size + len(batch) + len(END_OF_STREAM) > self._largest:
            self.close()
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self._abandon()
        content = batch if self._size else SCHEMA_MESSAGES[self._kind] + batch
        if self._descriptor is None:
            self._open(len(content) + len(END_OF_STREAM))
        self._write(content)

    def close_if_due(self) -> None:
        """End a file that is full or was opened an hour ago.

        Raises:
            OSError: see :meth:`close`.
        """
        is_old = time.monotonic() - self._opened > OLDEST_SEGMENT
        if self._size and (is_old or self._size >= self._largest):
            self.close()

    def close(self) -> None:
        """End the file, on the disk for good.

        Raises:
            OSError: it stays as it is, and the next batch starts a new one.
        """
        if self._descriptor is None:
            return
        try:
            if self._size:
                self._write(END_OF_STREAM)
            os.fsync(self._descriptor)
        finally:
            self._abandon()

    def _open(self, needed: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_room(self._folder, self._most_bytes, self._largest, needed)
        self._number += 1
        name = segment_name(self._kind, datetime.now(UTC), os.getpid(), self._number)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor = os.open(self._folder / name, flags, 0o600)
        self._size, self._opened = 0, time.monotonic()
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def _write(self, content: bytes) -> None:
        assert self._descriptor is not None
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self._take_back()
            raise
        self._size += len(content)

    def _take_back(self) -> None:
        assert self._descriptor is not None
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError as error:
            logger.error("a part of a batch ends a file of the prediction log: %s", error)
            self._abandon()

    def _abandon(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor, self._size = self._descriptor, None, 0
            os.close(descriptor)


class _File(NamedTuple):
    path: Path
    size: int
    is_open: bool


def largest_segment(most_bytes: int) -> int:
    """Bytes at which a file of a folder of ``most_bytes`` is full."""
    return min(LARGEST_SEGMENT, most_bytes // SEGMENTS)


def _make_room(folder: Path, most_bytes: int, largest: int, needed: int) -> None:
    """Deletes the oldest closed files until one more open file fits, at its largest."""
    files = [file for path in segments(folder) if (file := _examine(path))]
    closed = [file for file in files if not file.is_open]
    taken = sum(max(file.size, largest) if file.is_open else file.size for file in files)
    excess = taken + max(needed, largest) - most_bytes
    for file in closed:
        if excess <= 0:
            break
        file.path.unlink(missing_ok=True)
        excess -= file.size


def _examine(path: Path) -> _File | None:
    """None if another worker deleted it meanwhile."""
    try:
        with path.open("rb") as file:
            return _File(path, os.fstat(file.fileno()).st_size, is_held(file.fileno()))
    except FileNotFoundError:
        return None
