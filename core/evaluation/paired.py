"""Two models on the same rows: the difference of a metric with its paired bootstrap interval.

Both models are scored on the very same resampled rows, so what makes a row hard for both cancels.

Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", sections 8.3 (resampling
pairs) and 13.3 (percentile interval).
"""

from typing import NamedTuple

import numpy as np

from core.evaluation.bootstrap import quantile_interval, ratio, resampling_weights
from core.evaluation.family import MetricFamily

_RESAMPLES = 2_000
_RESAMPLES_OF_FEW = 10_000
_FEW = 8  # distinct values


class Pair(NamedTuple):
    """What two models say about the same rows.

    Attributes:
        y: Truth, shape (rows,), at least one row.
        champion: Outputs of the production model, shape (rows, outputs).
        candidate: Outputs of the candidate, the same.
    """

    y: np.ndarray
    champion: np.ndarray
    candidate: np.ndarray

    def only(self, mask: np.ndarray) -> "Pair":
        """Some of the rows, boolean, shape (rows,)."""
        return Pair(self.y[mask], self.champion[mask], self.candidate[mask])


class Difference(NamedTuple):
    """Candidate minus champion, with the bounds of its interval."""

    value: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds alone."""
        return self.low, self.high


def paired_difference(
    champion: np.ndarray, candidate: np.ndarray, *, confidence: float, seed: int
) -> Difference:
    """Mean of candidate minus champion over per-row losses (or scores).

    Args:
        champion: One number per row, such as the absolute error, shape (rows,), at least one row.
        candidate: The same for the other model, shape (rows,).
        confidence: Coverage of the two-sided interval.
        seed: Seed of the resampling.
    """
    gains = np.asarray(candidate, dtype=np.float64) - champion
    means = _resampled_means(gains, np.random.default_rng(seed))
    return Difference(float(gains.mean()), *quantile_interval(means, confidence))


def metric_difference(
    family: MetricFamily, metric: str, pair: Pair, *, confidence: float, seed: int
) -> Difference:
    """Difference of one metric of a family.

    All three are NaN where a model's metric is undefined; resamples in which it is are left out.

    Args:
        family: The metrics.
        metric: The name of one.
        pair: Both models.
        confidence: Coverage of the two-sided interval.
        seed: Seed of the resampling.
    """
    y, *both = pair
    if row_values := family.row_values.get(metric):
        losses = (row_values(y, outputs) for outputs in both)
        return paired_difference(*losses, confidence=confidence, seed=seed)

    def gain(weights: np.ndarray) -> np.ndarray:
        before, after = (family.weighted(weights, y, outputs, metric) for outputs in both)
        return np.asarray(after[metric] - before[metric])

    value = float(gain(np.ones((1, len(y))))[0])
    if np.isnan(value):
        return Difference(value, value, value)
    blocks = resampling_weights(len(y), _RESAMPLES, np.random.default_rng(seed))
    gains = np.concatenate([gain(weights) for weights in blocks])
    return Difference(value, *quantile_interval(gains, confidence))


def class_metric_differences(
    truth: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    *,
    confidence: float,
    seed: int,
) -> dict[str, Difference]:
    """Differences of precision, recall and F1 of one class that has rows.

    A row is one of eight kinds (of the class or not, called so by each model or not), so that
    resampling the rows is one multinomial draw of how often each kind comes.

    Args:
        truth: Which rows are of the class, boolean, shape (rows,).
        champion: Which rows the production model calls so, the same.
        candidate: Which rows the candidate calls so, the same.
        confidence: Coverage of the two-sided intervals.
        seed: Seed of the resampling.
    """
    kinds = np.ravel_multi_index((truth.astype(int), champion, candidate), (2, 2, 2))
    counts = np.bincount(kinds, minlength=8)
    rng, shares = np.random.default_rng(seed), counts / len(truth)
    drawn = rng.multinomial(len(truth), shares, size=_RESAMPLES_OF_FEW)
    table = np.vstack([counts, drawn]).reshape(-1, 2, 2, 2)
    before, after = _class_scores(table.sum(axis=3)), _class_scores(table.sum(axis=2))
    gains = {name: after[name] - before[name] for name in before}
    return {
        name: Difference(float(values[0]), *quantile_interval(values[1:], confidence))
        for name, values in gains.items()
    }


def _class_scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Of rows by (resample, truth, called); NaN where no row is of the class."""
    right, support, called = counts[:, 1, 1], counts[:, 1].sum(axis=1), counts[:, :, 1].sum(axis=1)
    scores = {
        "precision": ratio(right, called),
        "recall": ratio(right, support),
        "f1": ratio(2 * right, support + called),
    }
    return {name: np.where(support > 0, score, np.nan) for name, score in scores.items()}


def _resampled_means(gains: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows = len(gains)
    values, counts = np.unique(gains, return_counts=True)
    if len(values) <= _FEW:
        # Resampling rows is then one multinomial draw of how often each value comes.
        drawn = rng.multinomial(rows, counts / rows, size=_RESAMPLES_OF_FEW)
        return np.asarray(drawn @ values / rows)
    blocks = resampling_weights(rows, _RESAMPLES, rng)
    return np.concatenate([weights @ gains / rows for weights in blocks])
