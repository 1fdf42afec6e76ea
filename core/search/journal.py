"""Where a search is written down, trial by trial, so that a kill loses only what was running."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import GatehouseError

if TYPE_CHECKING:
    from optuna.storages import BaseStorage


class _Held:
    """Optuna's own lock files outlive a kill; the lock of ``opened`` ends with its process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        """Held until ``opened`` ends."""


@contextmanager
def opened(path: Path | None) -> "Iterator[BaseStorage]":
    """Optuna's storage in a file that no other process uses meanwhile; None: in memory.

    Raises:
        GatehouseError: another process is at the same search, or the file is damaged.
    """
    from optuna.storages import InMemoryStorage

    if path is None:
        yield InMemoryStorage()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise GatehouseError(
                "another process is at the same search; wait for it, or give the job another seed"
            ) from error
        _drop_half_line(file)
        yield _storage(path)


def _storage(path: Path) -> "BaseStorage":
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        return JournalStorage(JournalFileBackend(str(path), lock_obj=_Held()))  # type: ignore[arg-type]
    except (json.JSONDecodeError, KeyError) as error:
        raise GatehouseError(
            f"the record of an unfinished search is damaged; delete {path} to search anew"
        ) from error


def _drop_half_line(file: IO[bytes]) -> None:
    """Whoever was killed while writing left a part of a line."""
    file.seek(0)
    content = file.read()
    os.ftruncate(file.fileno(), content.rfind(b"\n") + 1)
