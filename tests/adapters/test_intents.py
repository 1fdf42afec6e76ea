"""Whether whoever began a change is still at it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]
import pytest

from adapters.intents import ABANDONED_AFTER, describe, is_alive, this_process
from core.governance.ledger import Draft, Entry, Standing, seal


def intent(minutes_ago: float = 0, **details: str) -> Entry:
    draft = Draft(
        action="intent",
        by="ann",
        reason="better",
        transaction="0a1b2c3d",
        purpose="promotion",
        before=Standing(),
        details=this_process() | details,
    )
    at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    return seal(draft, [], model="news", at=at, user="default")


@pytest.fixture
def other() -> Iterator["subprocess.Popen[bytes]"]:
    """Another process, which waits."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def started(process: "subprocess.Popen[bytes]") -> str:
    return str(psutil.Process(process.pid).create_time())


def test_another_process_is_alive_until_it_ends(other: "subprocess.Popen[bytes]") -> None:
    begun = intent(pid=str(other.pid), started=started(other))
    assert is_alive(begun)
    other.kill()
    # Nobody takes its exit code: it becomes a zombie, which does no work.
    while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not is_alive(begun)
    other.wait()
    assert not is_alive(begun)


def test_another_process_of_the_same_number_is_another(other: "subprocess.Popen[bytes]") -> None:
    assert not is_alive(intent(pid=str(other.pid), started=str(float(started(other)) - 60)))


def test_whoever_asks_is_not_in_the_middle_of_it() -> None:
    assert not is_alive(intent())


def test_another_machine_gets_time() -> None:
    minutes = ABANDONED_AFTER / timedelta(minutes=1)
    assert is_alive(intent(minutes - 1, host="elsewhere"))
    assert not is_alive(intent(minutes + 1, host="elsewhere"))


def test_a_line_says_who_when_and_where() -> None:
    begun = intent()
    where = f"process {os.getpid()} on {socket.gethostname()}"
    assert describe(begun) == f"a promotion begun {begun.at} by ann ({where})"
