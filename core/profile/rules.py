"""The least that a model must reach: more than a guess, beyond the chance of few test rows."""

import math
from typing import NamedTuple

from core.profile.profile import Profile

# From this share of the largest class on, accuracy says little.
IMBALANCED = 0.8
_LEAST_R2 = 0.05
_ONE_SIDED_95 = 1.645


class LeastRule(NamedTuple):
    """A bound of the test split.

    Attributes:
        metric: Also for selection and comparison.
        value: To be exceeded.
        why: What it comes from.
    """

    metric: str
    value: float
    why: str


def least_rule(profile: Profile, test_rows: int) -> LeastRule:
    """The bound that a model without any skill exceeds in one of twenty runs at most.

    Always guessing the largest class, of share p, has accuracy p with a standard error of
    sqrt(p (1 - p) / n) on n rows, and an F1 of 2p / (1 + p) for that class and 0 for the others. R²
    of always the mean is 0.

    Args:
        profile: The decisions.
        test_rows: Rows of the test split, about.
    """
    if not profile.has_classes:
        return LeastRule("r2", _LEAST_R2, "always the mean has 0")
    share = majority(profile)
    chance = _ONE_SIDED_95 * math.sqrt(share * (1 - share) / max(test_rows, 1))
    if share < IMBALANCED:
        said = f"always the largest class has {share:.3f}"
        return LeastRule("accuracy", _beyond(share, chance), f"{said}, the rest may be chance")
    f1 = 2 * share / (1 + share) / profile.classes
    said = f"always the largest class has {f1:.3f}; accuracy would be {share:.3f}"
    return LeastRule("f1_macro", _beyond(f1, chance), said)


def majority(profile: Profile) -> float:
    """The share of the largest class."""
    return profile.target.levels[0][1] / profile.target.present


def _beyond(value: float, chance: float) -> float:
    """Half-way to 1 at most, so that a good model can pass on few rows."""
    return math.ceil(1000 * min(value + chance, (1 + value) / 2)) / 1000
