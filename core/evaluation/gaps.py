"""Slices with their metrics, and those that are worse than the rest beyond chance.

Each slice is tested against all other rows, one-sided; p-values are corrected for the number of
slices, so that among equally good ones at most one evaluation in twenty flags any.

Source: Holm 1979, "A simple sequentially rejective multiple test procedure" (Scandinavian Journal
of Statistics 6:65).
"""

from collections.abc import Callable, Sequence

import numpy as np

from core.evaluation.bootstrap import Interval, mean_interval
from core.evaluation.evaluation import SliceRow
from core.evaluation.family import MetricFamily
from core.evaluation.metrics import GREATER_IS_BETTER
from core.evaluation.slices import Slice, slice_metrics

_LEVEL = 0.05
_FEWEST = 2
# Of the largest loss: what rounding leaves of equal ones.
_NO_SPREAD = 1e-9

Bounds = Callable[[np.ndarray], Interval]


def slice_rows(
    family: MetricFamily,
    slices: Sequence[Slice],
    y: np.ndarray,
    outputs: np.ndarray,
    *,
    seed: int,
) -> tuple[SliceRow, ...]:
    """Each slice that has rows, with its metrics, interval and comparison with the rest.

    Shown and tested is the family's fallback, a mean of one number per row: the share of hits by
    Fisher's exact test with Wilson intervals, the mean absolute error by t-tests with bootstrap
    intervals.

    Args:
        family: The metrics.
        slices: Parts of the rows.
        y: Truth, shape (rows,).
        outputs: What the model says, shape (rows, outputs).
        seed: Seed of the bootstrap.
    """
    filled = [part for part in slices if len(part)]
    values = family.row_values[family.fallback](y, outputs)
    greater = GREATER_IS_BETTER[family.fallback]
    losses = 1 - values if greater else values
    chances = holm([_chance(losses, part.mask) for part in filled])

    def bounds(inside: np.ndarray) -> Interval:
        return (
            wilson(int(inside.sum()), len(inside)) if greater else mean_interval(inside, seed=seed)
        )

    metrics = slice_metrics(family, filled, y, outputs)
    return tuple(
        _row(family.fallback, part, found, values, bounds(values[part.mask]), chance)
        for part, found, chance in zip(filled, metrics, chances, strict=True)
    )


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values corrected so that any of them is below a level by chance no more often than that.

    What was not tested (None) stays so and counts for nothing.
    """
    tested = [(value, i) for i, value in enumerate(p_values) if value is not None]
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (value, i) in enumerate(sorted(tested)):
        largest = max(largest, min(1.0, (len(tested) - rank) * value))
        corrected[i] = largest
    return corrected


def wilson(hits: int, rows: int) -> Interval:
    """95% interval of a share; it keeps its coverage on few rows (Brown, Cai & DasGupta 2001).

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    from scipy.stats import binomtest

    found = binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    return Interval(float(found.low), float(found.high))


def _chance(losses: np.ndarray, mask: np.ndarray) -> float | None:
    """How probable a mean loss so far above the rest's is, if there is no difference."""
    inside, rest = losses[mask], losses[~mask]
    if min(len(inside), len(rest)) < _FEWEST:
        return None
    if np.isin(losses, (0, 1)).all():
        return _fisher(int(inside.sum()), len(inside), int(losses.sum()), len(losses))
    return _t_tests(inside, rest)


def _fisher(inside: int, size: int, every: int, rows: int) -> float:
    """Fisher 1922, "On the interpretation of chi-squared from contingency tables"."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(inside - 1, rows, every, size))


def _t_tests(inside: np.ndarray, rest: np.ndarray) -> float:
    """The larger p-value of Student's test and Welch's.

    Welch's goes wrong on a few rows that are equal by chance, and Student's where a small slice is
    the more spread one.

    Source: Welch 1947, "The generalization of 'Student's' problem" (Biometrika 34:28).
    """
    from scipy.stats import ttest_ind_from_stats

    nothing = _NO_SPREAD * max(inside.max(), rest.max())
    if inside.std() + rest.std() <= nothing:
        return 0.0 if inside.mean() > rest.mean() + nothing else 1.0
    # From their moments, since of the rows SciPy warns where some are equal.
    a, b = ((part.mean(), part.std(ddof=1), len(part)) for part in (inside, rest))
    return max(
        float(ttest_ind_from_stats(*a, *b, equal_var=pooled, alternative="greater").pvalue)
        for pooled in (True, False)
    )


def _row(
    metric: str,
    part: Slice,
    metrics: dict[str, float],
    values: np.ndarray,
    bounds: Interval,
    chance: float | None,
) -> SliceRow:
    others = values[~part.mask]
    rest = float(others.mean()) if len(others) else None
    return SliceRow(
        kind=part.kind,
        value=part.value,
        rows=len(part),
        metrics=metrics,
        low=bounds.low,
        high=bounds.high,
        metric=metric,
        rest=rest,
        p_value=chance,
        is_gap=rest is not None
        and chance is not None
        and chance < _LEVEL
        and (bounds.high < rest if GREATER_IS_BETTER[metric] else bounds.low > rest),
    )
