"""Drift of all columns together, for shifts spread thinly over several."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.stats import chi2
from scipy.stats.contingency import association

from core.drift.psi import BinnedSamples


def total_excess(samples: Sequence[BinnedSamples]) -> float:
    """Sum of the columns' PSI beyond what sampling alone gives on average.

    The PSI is Jeffreys' divergence, which adds up over independent columns (Kullback 1959,
    "Information theory and statistics", chapter 2); its mean without drift is (1/n + 1/m) times
    the degrees of freedom (Yurdakul & Naranjo 2020).

    Args:
        samples: One per column, all of the same rows, at least one.
    """
    return sum(sample.psi() for sample in samples) - _expected(samples)


def total_critical_value(samples: Sequence[BinnedSamples], alpha: float) -> float:
    """The total excess that two samples of one population exceed with probability ``alpha``.

    Columns depend on each other, which widens the sum of their chi-squares: each pair adds four
    times its mean-square contingency to the variance. A scaled chi-square of that mean and
    variance stands in for the sum (Satterthwaite 1946; Rao & Scott 1984).

    Args:
        samples: One per column, all of the same rows, at least one.
        alpha: Probability of a false alarm.
    """
    freedom = sum(sample.bins - 1 for sample in samples)
    if not freedom:
        return 0.0
    dependence = sum(_contingency(a.codes, b.codes) for a, b in combinations(samples, 2))
    scale = 1 + 2 * dependence / freedom
    quantile = scale * chi2.isf(alpha, freedom / scale)
    return float(samples[0].sampling_variance * quantile) - _expected(samples)


def _expected(samples: Sequence[BinnedSamples]) -> float:
    return sum(sample.sampling_variance * (sample.bins - 1) for sample in samples)


def _contingency(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's mean-square contingency of two binned columns; 0 when independent."""
    table = np.zeros((a.max() + 1, b.max() + 1), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    table = table[table.any(axis=1)][:, table.any(axis=0)]
    freedom = min(table.shape) - 1
    return float(association(table, method="cramer") ** 2 * freedom) if freedom else 0.0
