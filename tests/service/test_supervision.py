import pytest

from core.errors import ConfigError
from service.supervision import rehearse
from tests.telemetry import program


def refuse() -> None:
    raise ConfigError("key:\n  wrong")


def test_a_start_that_goes_well_changes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    rehearse(lambda: None)
    assert capfd.readouterr() == ("", "")


def test_a_refusal_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rehearse(refuse)
    assert ended.value.code == 2
    assert capfd.readouterr().err == "error: key: wrong\n"


def test_what_nobody_foresaw_is_told_whole() -> None:
    process = program("from service.supervision import rehearse; rehearse(lambda: 1 / 0)")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a worker can't start" in err
    assert "ZeroDivisionError" in err
