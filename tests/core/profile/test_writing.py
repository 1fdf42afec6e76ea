"""Several files are written together or not at all."""

from pathlib import Path

import pytest

from core.errors import ConfigError, GatehouseError
from core.profile.writing import require_new, write_together


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_are_written_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    write_together({tmp_path / "a": "new", tmp_path / "sub" / "b": "ä"})
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "sub" / "b").read_text(encoding="utf-8") == "ä"
    assert names(tmp_path) == ["a", "sub"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left", "b")])
def test_what_was_there_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    (tmp_path / "a").write_text("old")
    replace = Path.replace

    def replace_the_first_two(self: Path, target: Path) -> Path:
        if target.name == "c":
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_the_first_two)
    with pytest.raises((KeyboardInterrupt, GatehouseError)):
        write_together({tmp_path / name: "new" for name in "abc"})
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_place_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GatehouseError, match="can't be written"):
        write_together({tmp_path / "a": "new", tmp_path / "file" / "b": "new"})
    assert names(tmp_path) == ["file"]


def test_what_exists_is_named(tmp_path: Path) -> None:
    require_new([tmp_path / "a", tmp_path / "b"])
    (tmp_path / "b").touch()
    with pytest.raises(ConfigError, match=r"b exists already: .* --force"):
        require_new([tmp_path / "a", tmp_path / "b"])
