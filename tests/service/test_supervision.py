import pytest

from core.errors import ConfigError
from service.supervision import rehearse


def refuse() -> None:
    raise ConfigError("key:\n  wrong")


def fail() -> None:
    raise OSError("no such disk")


def test_a_start_that_goes_well_changes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    rehearse(lambda: None)
    assert capfd.readouterr() == ("", "")


def test_a_refusal_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rehearse(refuse)
    assert ended.value.code == 2
    assert capfd.readouterr().err == "error: key: wrong\n"


def test_what_nobody_foresaw_is_told_whole(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rehearse(fail)
    assert ended.value.code == 1
    assert "OSError: no such disk" in capfd.readouterr().err
