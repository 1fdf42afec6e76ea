"""What a first run sets up by itself, and what it leaves alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.environment import homes, prepare_stack, writable_problem


@pytest.fixture
def another_clone(stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from zenml.client import Client

    first = homes()["ZENML_REPOSITORY_PATH"]
    monkeypatch.setenv("ZENML_REPOSITORY_PATH", str(tmp_path))
    yield tmp_path
    Client().activate_root(first)


@pytest.mark.integration
def test_a_new_repository_gets_our_stack(another_clone: Path, stack: str) -> None:
    from zenml.client import Client

    prepare_stack()
    assert (another_clone / ".zen").is_dir()
    assert Client().active_stack_model.name == stack


@pytest.mark.integration
def test_a_stack_that_the_user_set_stays(another_clone: Path) -> None:
    from zenml.client import Client

    prepare_stack()
    Client().activate_stack("default")
    prepare_stack()
    assert Client().active_stack_model.name == "default"


def test_a_folder_below_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "can't be written" in str(writable_problem(tmp_path / "file" / "home"))


def test_a_home_need_not_exist_yet(tmp_path: Path) -> None:
    assert writable_problem(tmp_path / "a" / "b") is None
    assert not (tmp_path / "a").exists()
