"""How the command line finds running servers."""

import fcntl
from pathlib import Path
from typing import BinaryIO

import pytest

from core.registration import SERVICES_FOLDER, Registration, registered


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / SERVICES_FOLDER).mkdir()
    return tmp_path


def write(home: Path, name: str, content: bytes | None = None) -> BinaryIO:
    """A server's file; the file object that is returned is its life."""
    registration = Registration(url=f"http://127.0.0.1:{len(name)}", models=(name,), pid=1)
    life = (home / SERVICES_FOLDER / f"{name}.json").open("wb")
    fcntl.flock(life, fcntl.LOCK_EX)
    life.write(content or registration.model_dump_json().encode())
    life.flush()
    return life


def test_nobody_is_there(tmp_path: Path) -> None:
    assert registered(tmp_path) == ([], {})


def test_the_living_are_found_and_the_dead_removed(home: Path) -> None:
    with write(home, "a"), write(home, "bb"):
        write(home, "dead").close()
        assert [item.models for item in registered(home).servers] == [("a",), ("bb",)]
        files = (home / SERVICES_FOLDER).iterdir()
        assert sorted(path.name for path in files) == ["a.json", "bb.json"]
    assert registered(home) == ([], {})


def test_a_newer_server_may_say_more(home: Path) -> None:
    content = b'{"url": "http://a:1", "models": ["a"], "pid": 7, "protocol": {"version": 2}}'
    with write(home, "zz", content):
        found = registered(home)
    assert found.servers == [Registration(url="http://a:1", models=("a",), pid=7)]
    assert found.unreadable == {}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"url": "http://a:1"}', b"\xff"])
def test_a_damaged_file_hides_no_other_server(home: Path, content: bytes) -> None:
    with write(home, "a", content), write(home, "bb"):
        found = registered(home)
    assert [item.models for item in found.servers] == [("bb",)]
    assert list(found.unreadable) == [home / SERVICES_FOLDER / "a.json"]
    assert "damaged" in str(found.unreadable)


def test_what_can_not_be_opened(home: Path) -> None:
    path = home / SERVICES_FOLDER / "a.json"
    path.mkdir()
    found = registered(home)
    assert (found.servers, list(found.unreadable)) == ([], [path])
