"""Words for people: lists, shares, the nearest name."""

from collections.abc import Sequence
from difflib import get_close_matches

_SHOWN = 8


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f", ... {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more if names else "none"


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint at the name that may have been meant."""
    spelled = {one.strip().lower(): one for one in known}
    match = get_close_matches(name.strip().lower(), spelled, n=1)
    return f"; did you mean {spelled[match[0]]!r}?" if match else f"; there is {listed(known)}"


def share(part: float, whole: float) -> str:
    """12%, 0.3%."""
    percent = 100 * part / whole if whole else 0.0
    return f"{percent:.0f}%" if percent >= 1 or percent == 0 else f"{percent:.2g}%"


def number(value: float) -> str:
    """1,200, 0.25."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.6g}"
