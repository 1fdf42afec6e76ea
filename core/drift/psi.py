"""The population stability index (PSI) and what sampling alone makes of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import chi2

_SMOOTHING = 0.5  # rows added to each bin; keeps the logarithm finite (Haldane 1956)


@dataclass(frozen=True)
class BinnedSamples:
    """A reference and a batch in the same bins.

    Attributes:
        reference: Finite numbers, shape (n,).
        batch: Finite numbers, shape (m,).
        edges: Inner edges of the bins, ascending; bins are closed on the right and open-ended.
    """

    reference: np.ndarray
    batch: np.ndarray
    edges: np.ndarray

    @cached_property
    def codes(self) -> np.ndarray:
        """The bin of each row of the reference, shape (n,)."""
        return np.searchsorted(self.edges, self.reference)

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of the reference and of the batch in each occupied bin, shape (2, bins)."""
        both = (self.codes, np.searchsorted(self.edges, self.batch))
        counts = np.stack([np.bincount(c, minlength=len(self.edges) + 1) for c in both])
        return counts[:, counts.any(axis=0)]

    @property
    def bins(self) -> int:
        """Bins that hold any row."""
        return int(self.counts.shape[1])

    @property
    def sampling_variance(self) -> float:
        """1/n + 1/m, the unit of a PSI without drift."""
        return 1 / len(self.reference) + 1 / len(self.batch)

    def psi(self) -> float:
        """Jeffreys' divergence of the two samples' shares."""
        smoothed = self.counts + _SMOOTHING
        expected, observed = smoothed / smoothed.sum(axis=1, keepdims=True)
        return float(((observed - expected) * np.log(observed / expected)).sum())

    def critical_value(self, alpha: float) -> float:
        """See :func:`psi_critical_value`."""
        return psi_critical_value(len(self.reference), len(self.batch), self.bins, alpha)


def bin_samples(reference: np.ndarray, batch: np.ndarray, bins: int) -> BinnedSamples:
    """Bins two samples at the quantiles of the reference.

    A value that takes several quantiles (the zeros of a zero-inflated column, a constant) gets a
    bin of its own, so that a batch on either side of it is seen.

    Raises:
        ValueError: A sample is empty or holds NaN or infinity.
    """
    for name, sample in (("reference", reference), ("batch", batch)):
        if not sample.size or not np.isfinite(sample).all():
            raise ValueError(f"the {name} must hold at least one row and only finite numbers")
    quantiles = np.quantile(reference, np.arange(1, bins) / bins, method="inverted_cdf")
    values, repeats = np.unique(quantiles, return_counts=True)
    edges = np.union1d(values, np.nextafter(values[repeats > 1], -np.inf))
    return BinnedSamples(reference, batch, edges)


def population_stability_index(reference: np.ndarray, batch: np.ndarray, bins: int = 10) -> float:
    """Jeffreys' divergence between two samples, binned at the quantiles of the reference.

    0 for equal shares; by the credit industry's rule of thumb, above 0.1 some and above 0.25 a
    marked shift (Siddiqi 2006, "Credit risk scorecards").

    Args:
        reference: Finite numbers, shape (n,), n > 0.
        batch: Finite numbers, shape (m,), m > 0.
        bins: Quantile bins before equal quantiles are merged.

    Raises:
        ValueError: A sample is empty or holds NaN or infinity.
    """
    return bin_samples(reference, batch, bins).psi()


def psi_critical_value(n: int, m: int, bins: int, alpha: float) -> float:
    """The PSI that two samples of one population exceed with probability ``alpha``.

    Sampling alone gives a PSI near (1/n + 1/m) times chi-square with ``bins`` - 1 degrees of
    freedom (Yurdakul & Naranjo 2020, "Statistical properties of the population stability index",
    Journal of Risk Model Validation 14(4)).

    Args:
        n: Rows of the reference.
        m: Rows of the batch.
        bins: Bins that hold any row.
        alpha: Probability of a false alarm.
    """
    return float((1 / n + 1 / m) * chi2.isf(alpha, bins - 1)) if bins > 1 else 0.0
