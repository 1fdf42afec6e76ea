"""Drift of all columns together, for shifts spread thinly over several."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import chi2

from core.drift.psi import BinnedSamples

_BLOCK = 4096  # Columns of indicators at a time.


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
    scale = 1 + 2 * sum_of_contingencies([sample.reference for sample in samples]) / freedom
    quantile = scale * chi2.isf(alpha, freedom / scale)
    return float(samples[0].sampling_variance * quantile) - _expected(samples)


def sum_of_contingencies(columns: Sequence[np.ndarray]) -> float:
    """Pearson's mean-square contingency (0 when independent), summed over all pairs of columns.

    With an indicator column z = ([in the bin] - p) / sqrt(n p) for each bin of share p, the
    contingency of two columns is the sum of the squares of their z' z. So all pairs together need
    one matrix of inner products, of bins or of rows, whichever are fewer.

    Args:
        columns: The bin of each row, int64, shape (rows,) each.
    """
    rows = len(columns[0])
    blocks = list(map(_indicators, columns))
    within = sum(block.shape[1] - 1 for block in blocks)
    if within + len(blocks) <= rows:
        every = np.hstack(blocks)
        products = every.T @ every
    else:
        products = np.zeros((rows, rows))
        for block in _joined(blocks):
            products += block @ block.T
    return float((np.square(products).sum() - within) / 2)


def _indicators(codes: np.ndarray) -> np.ndarray:
    _, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    in_bin = codes[:, None] == np.arange(len(counts))
    shares = counts / len(codes)
    standardised: np.ndarray = (in_bin - shares) / np.sqrt(counts)
    return standardised


def _joined(blocks: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    joined: list[np.ndarray] = []
    for block in blocks:
        joined.append(block)
        if sum(each.shape[1] for each in joined) >= _BLOCK:
            yield np.hstack(joined)
            joined = []
    if joined:
        yield np.hstack(joined)


def _expected(samples: Sequence[BinnedSamples]) -> float:
    return sum(sample.sampling_variance * (sample.bins - 1) for sample in samples)
