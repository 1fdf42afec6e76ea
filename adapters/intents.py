"""Who has an unfinished change in hand, and whether they are still at it."""

import hashlib
import os
import socket
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from core.governance.ledger import Entry

# A process of another machine can't be looked at; no change takes nearly as long.
ABANDONED_AFTER = timedelta(minutes=15)
# Two readings of one process's start may differ by the precision of the clock.
_SAME_START_SECONDS = 2.0

_HOST, _PLACE, _PID, _STARTED = "host", "place", "pid", "started"
_MACHINE_IDS = (Path("/etc/machine-id"), Path("/proc/sys/kernel/random/boot_id"))
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def this_process() -> dict[str, str]:
    """Names this process among all, also after its number was given to another one."""
    return {
        _HOST: socket.gethostname(),
        _PLACE: _place(),
        _PID: str(os.getpid()),
        _STARTED: str(psutil.Process().create_time()),
    }


def is_elsewhere(intent: Entry) -> bool:
    """Whether an intent's process is none of this machine, or of another container on it."""
    here = this_process()
    return any(intent.details.get(key) != here[key] for key in (_HOST, _PLACE))


def is_alive(intent: Entry) -> bool:
    """Whether the process that wrote an intent may still be at work on it.

    Whoever asks is not in the middle of a change: this very process counts as finished.
    """
    if is_elsewhere(intent):
        return _left(intent) > timedelta()
    pid = int(intent.details[_PID])
    if pid == os.getpid():
        return False
    try:
        process = psutil.Process(pid)
        started, status = process.create_time(), process.status()
    except psutil.NoSuchProcess:
        return False
    is_same = abs(started - float(intent.details[_STARTED])) < _SAME_START_SECONDS
    return is_same and status != psutil.STATUS_ZOMBIE


def describe(intent: Entry) -> str:
    """One line: what was begun, by whom, when and where."""
    where = f"process {intent.details[_PID]} on {intent.details[_HOST]}"
    return f"a {intent.purpose} begun {intent.at} by {intent.by} ({where})"


def advice(intent: Entry) -> str:
    """What whoever comes after an intent that may be alive can do."""
    if not is_elsewhere(intent):
        return "wait for it"
    minutes = ceil(_left(intent) / timedelta(minutes=1))
    return (
        f"wait for it; its process can't be seen from here and counts as dead in {minutes} min, or "
        "now, if you know that it is: run.py doctor --fix --abandoned"
    )


def _left(intent: Entry) -> timedelta:
    """How long a process that can't be looked at still counts as alive."""
    return datetime.fromisoformat(intent.at) + ABANDONED_AFTER - datetime.now(UTC)


def _place() -> str:
    """Where a process number means the same: a machine, and in a container its namespace.

    Hashed, since a machine's id is not for publishing (``man machine-id``). Where a system has
    neither, as macOS, the host's name has to do.
    """
    ids = (path.read_text().strip() for path in _MACHINE_IDS if path.is_file())
    namespace = str(_PID_NAMESPACE.readlink()) if _PID_NAMESPACE.is_symlink() else ""
    place = next(filter(None, ids), "") + namespace
    return hashlib.sha256(place.encode()).hexdigest()[:16]
