"""Ctrl-C where it must not get lost."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def keyboard_interrupts() -> AbstractContextManager[None]:
    """Let Ctrl-C and SIGTERM raise ``KeyboardInterrupt`` inside.

    ZenML raises an ordinary exception for them while a step runs, which a library's
    ``except Exception`` swallows or takes for a failure of its own.
    """
    return _handled_by(_interrupt)


def without_interrupts() -> AbstractContextManager[None]:
    """Let Ctrl-C and SIGTERM do nothing inside, which takes a second at most."""
    return _handled_by(signal.SIG_IGN)


@contextmanager
def noted_interrupts() -> Iterator[threading.Event]:
    """Let Ctrl-C and SIGTERM only set an event inside: for work that is to end soon, and well."""
    noted = threading.Event()
    with _handled_by(lambda *_: noted.set()):
        yield noted


@contextmanager
def _handled_by(handler: Callable[..., object] | signal.Handlers) -> Iterator[None]:
    # Only the main thread of a process gets signals, and may say what becomes of them.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
