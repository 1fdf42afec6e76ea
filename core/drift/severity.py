"""How bad a drift is."""

from typing import Literal, get_args

Severity = Literal["none", "low", "medium", "high"]
LEVELS: tuple[Severity, ...] = get_args(Severity)


def with_checks(drift: Severity, *, passed: bool) -> Severity:
    """Severity of a batch: that of its drift, but 'high' when its data checks fail."""
    return drift if passed else "high"


def at_least(severity: Severity, bound: Severity) -> bool:
    """Whether a severity is the bound or worse."""
    return LEVELS.index(severity) >= LEVELS.index(bound)
