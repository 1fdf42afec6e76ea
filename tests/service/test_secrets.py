"""Secrets: from one place, never half."""

import os
from pathlib import Path

import pytest

from core.errors import ConfigError
from service.secrets import KNOWN, refuse_unknown_names, secret

NAME = "GATEHOUSE_JWT_SECRET"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "secret"
    monkeypatch.setenv(f"{NAME}_FILE", str(path))
    return path


def test_nothing_is_set() -> None:
    assert secret(NAME) is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " as it is ")
    assert secret(NAME) == " as it is "


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o644, 0o664])
def test_from_a_file(file: Path, mode: int) -> None:
    file.write_text("two\nlines \r\n")
    file.chmod(mode)
    assert secret(NAME) == "two\nlines "


def test_from_a_link_as_kubernetes_mounts_it(file: Path) -> None:
    file.with_name("data").write_text("value")
    file.symlink_to("data")
    assert secret(NAME) == "value"


def test_two_places_are_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("value")
    monkeypatch.setenv(NAME, "")
    with pytest.raises(ConfigError, match=f"{NAME} and {NAME}_FILE are both set"):
        secret(NAME)


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_empty_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ConfigError, match=f"{NAME} is set but empty"):
        secret(NAME)


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        (None, 0, "can't be read: .*No such file"),
        (b"", 0o600, "is set but empty"),
        (b"\n \n", 0o600, "is set but empty"),
        (b"\xff\xfe", 0o600, "can't be read: .*utf-8"),
        (b"value", 0o646, "everybody may write .*chmod o-w"),
    ],
)
def test_a_bad_file_is_refused(file: Path, content: bytes | None, mode: int, message: str) -> None:
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(ConfigError, match=f"^{NAME}_FILE.*{message}"):
        secret(NAME)


def test_what_is_no_file_is_refused(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="is no file"):
        secret(NAME)


@pytest.mark.parametrize("path", ["", "secret", "./secret"])
def test_a_relative_path_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be another file in each process."""
    monkeypatch.chdir(tmp_path)
    Path("secret").write_text("value")
    monkeypatch.setenv(f"{NAME}_FILE", path)
    with pytest.raises(ConfigError, match=f"{NAME}_FILE: '{path}' is relative"):
        secret(NAME)


@pytest.mark.parametrize("name", ["GATEHOUSE_API_KEY", "GATEHOUSE_JWT_KEY", "GATEHOUSE_API_KEYS_"])
def test_a_misspelt_name_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(ConfigError, match=f"{name} is unknown"):
        refuse_unknown_names()


def test_other_names_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KNOWN | {"GATEHOUSE_API_KEYS_FILE", "GATEHOUSE_SERVING", "API_KEY"}:
        monkeypatch.setenv(name, "x")
    refuse_unknown_names()
