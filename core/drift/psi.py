"""The population stability index (PSI) and what sampling alone makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import chi2

_SMOOTHING = 0.5  # rows added to each bin; keeps the logarithm finite (Haldane 1956)
_RARE = 0.01  # share of the reference below which levels have one bin together

MISSING, OTHERS = "missing", "rare or new"


@dataclass(frozen=True)
class BinnedSamples:
    """A reference and a batch in the same bins.

    Attributes:
        reference: The bin of each row, from 0, shape (n,).
        batch: The same, shape (m,).
        names: What each bin holds, in words.
    """

    reference: np.ndarray
    batch: np.ndarray
    names: tuple[str, ...]

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of the reference and of the batch in each bin, shape (2, all bins)."""
        both = (self.reference, self.batch)
        return np.stack([np.bincount(codes, minlength=len(self.names)) for codes in both])

    @property
    def bins(self) -> int:
        """Bins that hold any row."""
        return int(self.counts.any(axis=0).sum())

    @property
    def sampling_variance(self) -> float:
        """1/n + 1/m, the unit of a PSI without drift."""
        return 1 / len(self.reference) + 1 / len(self.batch)

    def psi(self) -> float:
        """Jeffreys' divergence of the two samples' shares."""
        return float(self._parts().sum())

    def critical_value(self, alpha: float) -> float:
        """See :func:`psi_critical_value`."""
        return psi_critical_value(len(self.reference), len(self.batch), self.bins, alpha)

    def moved_most(self) -> str:
        """The bin that adds most to the PSI, with its share in the reference and in the batch."""
        bin_ = int(self._parts().argmax())
        before, after = self.counts[:, bin_] / self.counts.sum(axis=1)
        return f"{self.names[bin_]}: {before:.1%} to {after:.1%}"

    def _parts(self) -> np.ndarray:
        """What each bin adds to the PSI; nothing where it is empty in both samples."""
        is_used = self.counts.any(axis=0)
        smoothed = (self.counts + _SMOOTHING) * is_used
        expected, observed = smoothed / smoothed.sum(axis=1, keepdims=True)
        ratio = np.divide(observed, expected, out=np.ones(len(self.names)), where=is_used)
        parts: np.ndarray = (observed - expected) * np.log(ratio)
        return parts


def bin_samples(reference: np.ndarray, batch: np.ndarray, bins: int) -> BinnedSamples:
    """Bins two samples of numbers at the quantiles of the reference; missing ones have a bin.

    A value that takes several quantiles (the zeros of a zero-inflated column, a constant) gets a
    bin of its own, so that a batch on either side of it is seen.

    Args:
        reference: Numbers, NaN where missing, shape (n,), n > 0.
        batch: The same, shape (m,), m > 0.
        bins: Quantile bins before equal quantiles are merged.

    Raises:
        ValueError: A sample is empty or holds infinity.
    """
    for name, sample in (("reference", reference), ("batch", batch)):
        if not sample.size or np.isinf(sample).any():
            raise ValueError(f"the {name} must hold at least one row and no infinite numbers")
    edges = _edges(reference[~np.isnan(reference)], bins)
    names = (*_ranges(edges), MISSING)
    return BinnedSamples(_places(edges, reference), _places(edges, batch), names)


def bin_levels(reference: Sequence[str], batch: Sequence[str]) -> BinnedSamples:
    """Two samples of categories: a bin for each level, one for all rare and new ones together.

    Levels of less than a hundredth of the reference are rare: the chi-square law of
    :func:`psi_critical_value` needs some rows in each bin.

    Raises:
        ValueError: A sample is empty.
    """
    if not len(reference) or not len(batch):
        raise ValueError("the reference and the batch must hold at least one row")
    shares = pd.Series(reference).value_counts(normalize=True)
    levels = sorted(shares.index[shares >= _RARE])
    places = {level: place for place, level in enumerate(levels)}
    codes = [[places.get(level, len(levels)) for level in sample] for sample in (reference, batch)]
    return BinnedSamples(np.array(codes[0]), np.array(codes[1]), (*levels, OTHERS))


def population_stability_index(reference: np.ndarray, batch: np.ndarray, bins: int = 10) -> float:
    """Jeffreys' divergence between two samples of numbers, see :func:`bin_samples`.

    0 for equal shares; by the credit industry's rule of thumb, above 0.1 some and above 0.25 a
    marked shift (Siddiqi 2006, "Credit risk scorecards").
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


def _edges(numbers: np.ndarray, bins: int) -> np.ndarray:
    """Inner edges of the bins, ascending; bins are closed on the right and open-ended."""
    if not numbers.size:
        return numbers
    quantiles = np.quantile(numbers, np.arange(1, bins) / bins, method="inverted_cdf")
    values, repeats = np.unique(quantiles, return_counts=True)
    return np.union1d(values, np.nextafter(values[repeats > 1], -np.inf))


def _places(edges: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers))


def _ranges(edges: np.ndarray) -> tuple[str, ...]:
    if not edges.size:
        return ("any number",)
    inner = (f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges))
    return (f"up to {edges[0]:.4g}", *inner, f"over {edges[-1]:.4g}")
