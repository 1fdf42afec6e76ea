"""Ctrl-C while ZenML's own handler is installed, with real signals."""

import os
import signal
from collections.abc import Iterator
from typing import NoReturn

import pytest

from adapters.interrupts import (
    SIGNALS,
    keyboard_interrupts,
    noted_interrupts,
    without_interrupts,
)


def ordinary(*_: object) -> NoReturn:
    raise RuntimeError("as ZenML's handler does")


@pytest.fixture(autouse=True)
def zenml_like() -> Iterator[None]:
    before = {number: signal.signal(number, ordinary) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def kill(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_BLOCK, [])  # a call that lets the handler run


def library(number: signal.Signals) -> str:
    """Turns any ordinary exception into a result, as many a library does."""
    try:
        kill(number)
    except Exception as error:  # noqa: BLE001
        return str(error)
    return "no signal came"


@pytest.mark.parametrize("number", SIGNALS)
def test_no_except_exception_swallows_it(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), keyboard_interrupts():
        library(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_handler_before_comes_back(number: signal.Signals) -> None:
    with keyboard_interrupts():
        assert signal.getsignal(number) is not ordinary
    with pytest.raises(RuntimeError, match="ZenML"):
        kill(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_moment_without_it(number: signal.Signals) -> None:
    with without_interrupts():
        assert library(number) == "no signal came"
    assert library(number) == "as ZenML's handler does"


@pytest.mark.parametrize("number", SIGNALS)
def test_it_is_noted(number: signal.Signals) -> None:
    with keyboard_interrupts(), noted_interrupts() as noted:
        assert not noted.is_set()
        assert library(number) == "no signal came"
        assert noted.is_set()
    assert library(number) == "as ZenML's handler does"
