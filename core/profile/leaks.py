"""Columns that give the target away: known only because the outcome is.

A column leaks if it alone tells the target of held-out rows. For classes: what one half of the rows
says about a level, or about the ranges between a few thresholds, holds for the other half with a
balanced accuracy (mean recall of the classes) of at least 0.99; whether a value is missing at all
counts as a level too. For a quantity: Pearson's or Spearman's correlation is at least 0.99 in size,
or the mean of a level explains at least 0.99 of the held-out variance (R²).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

LIMIT = 0.99
FEWEST_ROWS = 40
# Of the held-out rows, how many must have a level that the other half has too.
_KNOWN_SHARE = 0.8
_CLASS_ROWS = 5


@dataclass(frozen=True)
class Target:
    """The target of some rows, all of them known.

    Attributes:
        values: Class ids (int64) or quantities (float64), shape (rows,).
        classes: Number of classes; 0 for a quantity.
    """

    values: np.ndarray
    classes: int


def leak_of_numbers(x: np.ndarray, target: Target) -> str:
    """How a column of numbers gives the target away; empty if it does not.

    Args:
        x: float64, NaN where missing, shape (rows,).
        target: Of the same rows.
    """
    present = np.isfinite(x)
    if gaps := leak_of_gaps(present, target):
        return gaps
    if present.sum() < FEWEST_ROWS:
        return ""
    inside = Target(target.values[present], target.classes)
    if target.classes:
        return _tells_class(x[present], inside)
    return _follows(x[present], inside.values)


def leak_of_gaps(present: np.ndarray, target: Target) -> str:
    """How it gives the target away whether a value is there; empty if it does not.

    Args:
        present: Boolean, shape (rows,).
        target: Of the same rows.
    """
    found = "" if present.all() else leak_of_levels(present.astype(np.int64), target)
    return f"whether it is missing {found}" if found else ""


def leak_of_levels(codes: np.ndarray, target: Target) -> str:
    """How a column of levels gives the target away; empty if it does not.

    Args:
        codes: Level ids, missing values being a level, int64, shape (rows,).
        target: Of the same rows.
    """
    rows, levels = len(codes), int(codes.max(initial=0)) + 1
    if rows < FEWEST_ROWS or levels < 2 or levels > rows // 4:
        return ""
    fit, held = _halves(rows)
    known = np.isin(codes[held], codes[fit])
    if known.mean() < _KNOWN_SHARE:
        return ""
    held = held[known]
    if target.classes:
        share = _by_majority(codes, target, fit, held)
        return f"tells the class of {share:.1%} of held-out rows" if share >= LIMIT else ""
    share = _by_mean(codes, target.values, fit, held)
    return f"explains {share:.1%} of the target's variance" if share >= LIMIT else ""


def _halves(rows: int) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.default_rng(0).permutation(rows)
    return order[::2], order[1::2]


def _by_majority(codes: np.ndarray, target: Target, fit: np.ndarray, held: np.ndarray) -> float:
    counts = np.zeros((int(codes.max()) + 1, target.classes))
    np.add.at(counts, (codes[fit], target.values[fit]), 1)
    # Each class counts as much as any other, or a rare one would never be the majority.
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    return _balanced_accuracy(target.values[held], shares.argmax(axis=1)[codes[held]])


def _balanced_accuracy(truth: np.ndarray, said: np.ndarray) -> float:
    classes, counts = np.unique(truth, return_counts=True)
    if np.sum(counts >= _CLASS_ROWS) < 2:  # right by chance
        return 0.0
    return float(np.mean([np.mean(said[truth == one] == one) for one in classes]))


def _by_mean(codes: np.ndarray, y: np.ndarray, fit: np.ndarray, held: np.ndarray) -> float:
    counts = np.bincount(codes[fit], minlength=int(codes.max()) + 1)
    means = np.bincount(codes[fit], y[fit], len(counts)) / np.maximum(counts, 1)
    spread = np.sum((y[held] - y[held].mean()) ** 2)
    return float(1 - np.sum((y[held] - means[codes[held]]) ** 2) / spread) if spread else 0.0


def _tells_class(x: np.ndarray, target: Target) -> str:
    if _changes(x, target.values) > 0.05 * len(x) + 2 * target.classes:
        return ""
    from sklearn.tree import DecisionTreeClassifier

    fit, held = _halves(len(x))
    tree = DecisionTreeClassifier(
        max_leaf_nodes=2 * target.classes, class_weight="balanced", random_state=0
    )
    said = tree.fit(x[fit, None], target.values[fit]).predict(x[held, None])
    share = _balanced_accuracy(target.values[held], said)
    return f"tells the class of {share:.1%} of held-out rows" if share >= LIMIT else ""


def _changes(x: np.ndarray, y: np.ndarray) -> int:
    """How often the class changes along the sorted values: often, if they say little of it."""
    return int(np.count_nonzero(np.diff(y[np.lexsort((y, x))])))


def _follows(x: np.ndarray, y: np.ndarray) -> str:
    for name, a, b in (("", x, y), ("rank ", rankdata(x), rankdata(y))):
        if (size := abs(_correlation(a, b))) >= LIMIT:
            return f"has a {name}correlation of {size:.4f} with the target"
    return ""


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / size) if size > 0 else 0.0
