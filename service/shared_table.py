"""A table of fixed size that the workers of one server share: a memory-mapped file.

It is a set-associative cache: the 64-bit hash of a key picks a bucket of eight places; a new key
takes the place that was written longest ago, and nothing is ever moved.

Reading and ``put`` take no lock. Two workers may write one bucket at the same time: each place
carries a checksum over its key and value, so that a half-written or mixed-up place counts as
empty, and the neighbours are not touched. At worst one entry is forgotten.
"""

import fcntl
import mmap
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from struct import Struct
from typing import BinaryIO
from zlib import crc32

WAYS = 8

_MAGIC = b"GHTABLE1"
_HEADER = Struct("=8sQQ16s24x")
# Native words: the processor writes each of them at once.
_WORD = Struct("@Q")
_WORDS = Struct(f"@{WAYS}Q")
_CHECKSUM = Struct("@I")


class SharedTable:
    """Values of one size in bytes, by key; the oldest go when there are too many.

    The hash has a random secret, so that clients, who choose some of the keys, can't aim at a
    bucket. Two keys get each other's values with a probability of 2^-64.
    """

    def __init__(self, file: BinaryIO, memory: mmap.mmap) -> None:
        """Use ``open``."""
        header: tuple[bytes, int, int, bytes] = _HEADER.unpack_from(memory)
        _, self._buckets, self.value_size, self._secret = header
        self._file = file
        self._memory = memory
        self._record_size = _record_size(self.value_size)
        self._bucket_size = WAYS * (2 * _WORD.size + self._record_size)

    @classmethod
    def create(cls, path: Path, slots: int, value_size: int) -> None:
        """Make the file, private to this user, for at least so many entries.

        Raises:
            FileExistsError: There is one.
        """
        buckets = max(1, -(-slots // WAYS))
        size = buckets * WAYS * (2 * _WORD.size + _record_size(value_size))
        path.touch(mode=0o600, exist_ok=False)
        # In full, not sparse: on a full disk that fails here, and not by SIGBUS at some write.
        header = _HEADER.pack(_MAGIC, buckets, value_size, token_bytes(16))
        path.write_bytes(header + bytes(size))

    @classmethod
    def open(cls, path: Path) -> "SharedTable":
        """Map the file that ``create`` made; each process does so for itself.

        Raises:
            ValueError: The file is not such a table.
        """
        file = path.open("r+b")
        memory = mmap.mmap(file.fileno(), 0)
        size = _HEADER.size
        if len(memory) >= size and memory[: len(_MAGIC)] == _MAGIC:
            table = cls(file, memory)
            size += table._buckets * table._bucket_size
            if len(memory) == size:
                return table
        memory.close()
        file.close()
        raise ValueError(f"{path} is no shared table, or is cut off")

    def get(self, key: str) -> bytes | None:
        """The value that was put last; None if it was never put, or overwritten since."""
        return self._read(*self._place(key))

    def put(self, key: str, value: bytes) -> None:
        """Remember the value; of two workers that put at the same time, either may win.

        Raises:
            ValueError: It has not the table's value size.
        """
        self._write(*self._place(key), value)

    def update(self, key: str, change: Callable[[bytes | None], bytes]) -> None:
        """Put what ``change`` makes of the value, without losing another worker's update.

        The lock covers one bucket, and the kernel frees it when a process dies. If ``change``
        raises, nothing is put.
        """
        word, bucket = self._place(key)
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, bucket)
        try:
            self._write(word, bucket, change(self._read(word, bucket)))
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, bucket)

    def _place(self, key: str) -> tuple[int, int]:
        """The hash of a key, and where its bucket begins."""
        # A lone surrogate must not be an error here.
        text = key.encode("utf-8", "surrogatepass")
        word = int.from_bytes(blake2b(text, digest_size=8, key=self._secret).digest(), "little")
        return word, _HEADER.size + (word % self._buckets) * self._bucket_size

    def _read(self, word: int, bucket: int) -> bytes | None:
        words = _WORDS.unpack_from(self._memory, bucket)
        if word not in words:
            return None
        start = self._record(bucket, words.index(word))
        end = start + _CHECKSUM.size + self.value_size
        # Again, since the first look may have met a writer.
        for _ in range(2):
            record = self._memory[start:end]
            value = record[_CHECKSUM.size :]
            if _CHECKSUM.unpack_from(record)[0] == crc32(value, word & 0xFFFFFFFF):
                return value
        return None

    def _write(self, word: int, bucket: int, value: bytes) -> None:
        if len(value) != self.value_size:
            raise ValueError(f"a value has {len(value)} bytes; this table's have {self.value_size}")
        words = _WORDS.unpack_from(self._memory, bucket)
        ages = bucket + _WORDS.size
        if word in words:
            way = words.index(word)
        else:
            written = _WORDS.unpack_from(self._memory, ages)
            way = written.index(min(written))
        start = self._record(bucket, way)
        record = _CHECKSUM.pack(crc32(value, word & 0xFFFFFFFF)) + value
        self._memory[start : start + len(record)] = record
        _WORD.pack_into(self._memory, bucket + way * _WORD.size, word)
        _WORD.pack_into(self._memory, ages + way * _WORD.size, time.monotonic_ns())

    def _record(self, bucket: int, way: int) -> int:
        return bucket + 2 * _WORDS.size + way * self._record_size


def _record_size(value_size: int) -> int:
    """A checksum and a value, rounded up to whole words."""
    return -(-(_CHECKSUM.size + value_size) // _WORD.size) * _WORD.size
