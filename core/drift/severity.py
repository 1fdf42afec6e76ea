"""How bad a drift is."""

from typing import Literal, get_args

Severity = Literal["none", "low", "medium", "high"]
LEVELS: tuple[Severity, ...] = get_args(Severity)


def at_least(severity: Severity, bound: Severity) -> bool:
    """Whether a severity is the bound or worse."""
    return LEVELS.index(severity) >= LEVELS.index(bound)
