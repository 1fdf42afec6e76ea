"""Who wants to know how far a search is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is.

    Attributes:
        done: Trials that are over.
        trials: Most trials.
        pruned: Those of ``done`` that were stopped early.
        metric: What trials are scored by.
        best: The best score so far; None before there is one.
    """

    done: int
    trials: int
    pruned: int
    metric: str
    best: float | None


Listener = Callable[[SearchProgress], None]
# Not a ContextVar: a step need not run in the thread of who watches.
_listeners: list[Listener] = []


@contextmanager
def watching(listener: Listener) -> Iterator[None]:
    """Let a listener know about every search of this process, while inside."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(progress: SearchProgress) -> None:
    """Let all listeners know."""
    for listener in _listeners:
        listener(progress)
