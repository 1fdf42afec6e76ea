import pytest

from core.drift.severity import LEVELS, Severity, with_checks


@pytest.mark.parametrize("drift", LEVELS)
def test_failed_checks_are_as_bad_as_it_gets(drift: Severity) -> None:
    assert with_checks(drift, passed=True) == drift
    assert with_checks(drift, passed=False) == "high"
