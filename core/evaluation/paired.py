"""Two models on the same rows: the difference of a metric with its paired bootstrap interval.

Both models are scored on the very same resampled rows, so what makes a row hard for both cancels.

Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", sections 8.3 (resampling
pairs) and 13.3 (percentile interval).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from core.evaluation.bootstrap import ratio, resampling_weights, weighted_metrics
from core.evaluation.metrics import hits, log_losses

_RESAMPLES = 2_000
_RESAMPLES_OF_FEW = 10_000
_FEW = 8  # distinct values
# Metrics that are the mean of one number per row.
_ROW_VALUES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "accuracy": hits,
    "log_loss": log_losses,
}


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
    return Difference(float(gains.mean()), *_bounds(means, confidence))


def metric_difference(
    metric: str,
    y: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    *,
    confidence: float,
    seed: int,
) -> Difference:
    """Difference of a metric of :func:`core.evaluation.metrics.classification_metrics`.

    All three are NaN where a model's metric is undefined; resamples in which it is are left out.

    Args:
        metric: Its name.
        y: Class ids, shape (rows,), at least one row.
        champion: Probabilities of the production model, shape (rows, classes).
        candidate: Probabilities of the candidate, shape (rows, classes).
        confidence: Coverage of the two-sided interval.
        seed: Seed of the resampling.
    """
    if row_values := _ROW_VALUES.get(metric):
        losses = row_values(y, champion), row_values(y, candidate)
        return paired_difference(*losses, confidence=confidence, seed=seed)

    def gain(weights: np.ndarray) -> np.ndarray:
        before, after = (weighted_metrics(weights, y, p, metric) for p in (champion, candidate))
        return np.asarray(after[metric] - before[metric])

    blocks = resampling_weights(len(y), _RESAMPLES, np.random.default_rng(seed))
    gains = np.concatenate([gain(weights) for weights in blocks])
    return Difference(float(gain(np.ones((1, len(y))))[0]), *_bounds(gains, confidence))


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
    return {n: Difference(float(g[0]), *_bounds(g[1:], confidence)) for n, g in gains.items()}


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


def _bounds(values: np.ndarray, confidence: float) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not defined.size:
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
