"""Files that several processes read and write."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of a file, which is made if it is missing; waits for it."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Whether a living process holds the exclusive lock of a file, which exists."""
    with path.open("rb") as file:
        return is_held(file.fileno())


def is_held(descriptor: int) -> bool:
    """The same of an open file, which is left with a shared lock if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file in one step: a reader sees the old content or the new one, never a part.

    Args:
        path: The file; its folder exists.
        content: All of it.
        durable: Whether it has to survive a power cut too.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
