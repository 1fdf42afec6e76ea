"""Whether whoever began a change is still at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil  # type: ignore[import-untyped]
import pytest

from adapters.intents import (
    ABANDONED_AFTER,
    advice,
    describe,
    is_alive,
    is_elsewhere,
    this_process,
)
from core.governance.ledger import Draft, Entry, Standing, seal


def _unshare() -> list[str]:
    """A command prefix that gives a process namespace of its own; empty where there is none."""
    tool = shutil.which("unshare")
    command = [str(tool), "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    if (
        tool is None
        or subprocess.run([*command, "true"], check=False, capture_output=True).returncode
    ):
        return []
    return command


UNSHARE = _unshare()


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


ELSEWHERE = [{"host": "elsewhere"}, {"place": "another container's namespace"}]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_another_machine_or_container_gets_time(place: dict[str, str]) -> None:
    minutes = ABANDONED_AFTER / timedelta(minutes=1)
    late, dead = intent(minutes - 1.5, **place), intent(minutes + 1, **place)
    assert is_elsewhere(late)
    assert is_alive(late)
    assert "counts as dead in 2 min, or now" in advice(late)
    assert advice(late).endswith("run.py doctor --fix --abandoned")
    assert not is_alive(dead)


def test_here_is_here() -> None:
    assert not is_elsewhere(intent())
    assert advice(intent()) == "wait for it"


@pytest.mark.skipif(not UNSHARE, reason="needs a process namespace of its own")
def test_the_same_host_in_another_namespace_is_elsewhere() -> None:
    """A number that is nobody's here may be somebody's there, and this one's host is the same."""
    code = "import json, adapters.intents as it; print(json.dumps(it.this_process()))"
    command = [*UNSHARE, sys.executable, "-c", code]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    there = json.loads(found.stdout)
    assert there["host"] == socket.gethostname()
    assert is_alive(intent(**there))
    assert is_elsewhere(intent(**there))


def test_a_line_says_who_when_and_where() -> None:
    begun = intent()
    where = f"process {os.getpid()} on {socket.gethostname()}"
    assert describe(begun) == f"a promotion begun {begun.at} by ann ({where})"
