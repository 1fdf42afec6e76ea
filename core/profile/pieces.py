"""Pieces of a large text file: its beginning, and blocks spread over the rest."""

from collections.abc import Iterator
from pathlib import Path

from core.data.formats.file import SourceFile

# Smaller files are read whole.
LARGE_BYTES = 32 * 2**20
HEAD_BYTES = 8 * 2**20
BLOCKS, BLOCK_BYTES = 24, 2**20
LARGEST_PIECE = 16 * 2**20


def is_large(path: Path) -> bool:
    """Whether only pieces of the file are looked at."""
    return path.stat().st_size > LARGE_BYTES


def read_head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """Whole lines from the beginning."""
    with path.open("rb") as file:
        head = file.read(size)
    return head[: head.rfind(b"\n") + 1] or head


def later_blocks(path: Path, begin: int) -> Iterator[bytes]:
    """Whole lines from evenly spread places behind ``begin``."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for number in range(BLOCKS):
            file.seek(begin + (size - begin) * number // BLOCKS)
            block = file.read(BLOCK_BYTES)
            start, end = block.find(b"\n") + 1, block.rfind(b"\n") + 1
            if start < end:
                yield block[start:end]


def decoded(path: Path, head: bytes) -> str:
    """The beginning as text, without a byte order mark.

    Raises:
        DataError: the file is not UTF-8; tells the line and how to convert it.
    """
    try:
        return str(head, "utf-8-sig")
    except UnicodeDecodeError:
        SourceFile(path, "--data").require_utf8()
        return str(head, "utf-8-sig", "replace")  # the cut is within a character
