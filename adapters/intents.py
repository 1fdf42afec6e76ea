"""Who has an unfinished change in hand, and whether they are still at it."""

import os
import socket
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]

from core.governance.ledger import Entry

# A process of another machine can't be looked at; no change takes nearly as long.
ABANDONED_AFTER = timedelta(minutes=15)
# Two readings of one process's start may differ by the precision of the clock.
_SAME_START_SECONDS = 2.0

_HOST, _PID, _STARTED = "host", "pid", "started"


def this_process() -> dict[str, str]:
    """Names this process among all, also after its number was given to another one."""
    return {
        _HOST: socket.gethostname(),
        _PID: str(os.getpid()),
        _STARTED: str(psutil.Process().create_time()),
    }


def is_alive(intent: Entry) -> bool:
    """Whether the process that wrote an intent may still be at work on it.

    Whoever asks is not in the middle of a change: this very process counts as finished.
    """
    if intent.details[_HOST] != socket.gethostname():
        return datetime.now(UTC) - datetime.fromisoformat(intent.at) < ABANDONED_AFTER
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
