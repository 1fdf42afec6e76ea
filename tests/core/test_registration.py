"""How the command line finds running servers."""

import fcntl
from pathlib import Path
from typing import BinaryIO

import pytest

from core.errors import GatehouseError
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
    assert registered(tmp_path) == []


def test_the_living_are_found_and_the_dead_removed(home: Path) -> None:
    with write(home, "a"), write(home, "bb"):
        write(home, "dead").close()
        assert [item.models for item in registered(home)] == [("a",), ("bb",)]
        files = (home / SERVICES_FOLDER).iterdir()
        assert sorted(path.name for path in files) == ["a.json", "bb.json"]
    assert registered(home) == []


def test_a_damaged_file_of_a_living_server(home: Path) -> None:
    with write(home, "a", b"{"), pytest.raises(GatehouseError, match="restart the server"):
        registered(home)
