"""Percentile bootstrap intervals of all metrics at once.

A resample of n rows is a vector of n counts (how often each row was drawn), so every metric
becomes sums of those counts, and a block of resamples becomes a matrix product.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from core.evaluation.evaluation import Estimate
from core.evaluation.family import MetricFamily
from core.evaluation.metrics import (
    CALIBRATION_BINS,
    calibration_bins,
    hits,
    log_losses,
    scored_classes,
)

_BLOCK_CELLS = 1 << 18  # resamples x rows held at once: 2 MB per array, so near the cache


class Interval(NamedTuple):
    """Bounds of a confidence interval."""

    low: float
    high: float


def metric_intervals(
    family: MetricFamily,
    y: np.ndarray,
    outputs: np.ndarray,
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = 1000,
) -> dict[str, Interval]:
    """Percentile interval of each metric of a family.

    Resamples in which a metric is undefined (one class drawn: no AUC) are left out; a metric that
    the rows themselves do not define has NaN bounds.

    Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", section 13.3.

    Args:
        family: The metrics.
        y: Truth, shape (rows,).
        outputs: What the model says, shape (rows, outputs).
        seed: Seed of the resampling.
        confidence: Coverage of the interval.
        resamples: Number of bootstrap samples.
    """
    rng = np.random.default_rng(seed)
    drawn = resampling_weights(len(y), resamples, rng)
    blocks = [family.weighted(weights, y, outputs, None) for weights in drawn]
    whole = family.weighted(np.ones((1, len(y))), y, outputs, None)
    undefined = Interval(float("nan"), float("nan"))
    return {
        name: undefined
        if np.isnan(value)
        else quantile_interval(np.concatenate([block[name] for block in blocks]), confidence)
        for name, (value,) in whole.items()
    }


def metric_estimates(
    family: MetricFamily, y: np.ndarray, outputs: np.ndarray, *, seed: int
) -> dict[str, Estimate]:
    """Every metric of a family with its 95% interval; see :func:`metric_intervals`."""
    intervals = metric_intervals(family, y, outputs, seed=seed)
    return {
        name: Estimate(value=value, low=intervals[name].low, high=intervals[name].high)
        for name, value in family.values(y, outputs).items()
    }


def mean_interval(
    values: np.ndarray, *, seed: int, confidence: float = 0.95, resamples: int = 1000
) -> Interval:
    """Percentile interval of the mean of one number per row, shape (rows,), at least one."""
    rng = np.random.default_rng(seed)
    drawn = resampling_weights(len(values), resamples, rng)
    means = [weights @ values / len(values) for weights in drawn]
    return quantile_interval(np.concatenate(means), confidence)


def quantile_interval(values: np.ndarray, confidence: float) -> Interval:
    """The middle share of resampled values, shape (resamples,), without NaN; NaN of none."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def resampling_weights(rows: int, resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Blocks of multinomial counts, shape (resamples of the block, rows), float64."""
    block = max(1, _BLOCK_CELLS // rows)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = rng.integers(rows, size=(size, rows))
        drawn += np.arange(size)[:, None] * rows
        counts = np.bincount(drawn.ravel(), minlength=size * rows)
        yield counts.reshape(size, rows).astype(np.float64)


def weighted_metrics(
    weights: np.ndarray, y: np.ndarray, proba: np.ndarray, only: str | None = None
) -> dict[str, np.ndarray]:
    """Every metric under each row of weights.

    Args:
        weights: Row weights, shape (resamples, rows), each row summing to the number of rows.
        y: Class ids, shape (rows,).
        proba: Probabilities, shape (rows, classes).
        only: The one metric wanted; at least this one is computed. None: all.

    Returns:
        Values of each metric, shape (resamples,).
    """
    values: dict[str, np.ndarray] = {}
    for names, compute in _FAMILIES:
        if only is None or only in names:
            values |= dict(zip(names, compute(weights, y, proba), strict=True))
    return values


def _accuracy(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> list[np.ndarray]:
    return [weights @ hits(y, proba) / len(y)]


def _log_loss(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> list[np.ndarray]:
    return [weights @ log_losses(y, proba) / len(y)]


def _ece(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> list[np.ndarray]:
    confidence = proba.max(axis=1)
    bins = _one_hot(calibration_bins(confidence), CALIBRATION_BINS)
    gaps = bins * (hits(y, proba) - confidence)[:, None]
    return [np.abs(weights @ gaps).sum(axis=1) / len(y)]


def _one_hot(ids: np.ndarray, size: int) -> np.ndarray:
    return np.take(np.eye(size), ids, axis=0)


def _macro_scores(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> list[np.ndarray]:
    classes = proba.shape[1]
    truth, guess = _one_hot(y, classes), _one_hot(proba.argmax(axis=1), classes)
    support, guessed, right = weights @ truth, weights @ guess, weights @ (truth * guess)
    present = support > 0
    scores = (
        ratio(2 * right, support + guessed),
        ratio(right, guessed),
        ratio(right, support),
    )
    return [score.mean(axis=1, where=present) for score in scores]


def ratio(part: np.ndarray, whole: np.ndarray, empty: float = 0.0) -> np.ndarray:
    """Part by whole; ``empty`` where the whole is 0."""
    ratio = np.full(part.shape, empty)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _macro_auc(weights: np.ndarray, y: np.ndarray, proba: np.ndarray) -> list[np.ndarray]:
    by_row = np.ascontiguousarray(weights.T)  # whole rows are taken below: contiguous is faster
    areas = np.stack([_auc(by_row, y == c, proba[:, c]) for c in scored_classes(proba.shape[1])])
    defined = ~np.isnan(areas)
    return [ratio(np.nansum(areas, axis=0), defined.sum(axis=0), empty=np.nan)]


def _auc(weights: np.ndarray, positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Weighted Mann-Whitney form of the AUC; a tie counts half; NaN without both classes.

    Args:
        weights: Row weights, shape (rows, resamples).
        positive: Which rows are of the class, shape (rows,).
        score: The class's probabilities, shape (rows,).
    """
    negative = np.flatnonzero(~positive)
    negative = negative[np.argsort(score[negative])]
    below = np.zeros((len(negative) + 1, weights.shape[1]))
    np.cumsum(weights[negative], axis=0, out=below[1:])
    first = np.searchsorted(score[negative], score[positive], side="left")
    last = np.searchsorted(score[negative], score[positive], side="right")
    wins = np.einsum("ij,ij->j", weights[positive], below[first] + below[last]) / 2
    return ratio(wins, weights[positive].sum(axis=0) * below[-1], empty=np.nan)


_Family = Callable[[np.ndarray, np.ndarray, np.ndarray], list[np.ndarray]]
# What is computed together, under the names of its results.
_FAMILIES: tuple[tuple[tuple[str, ...], _Family], ...] = (
    (("accuracy",), _accuracy),
    (("f1_macro", "precision_macro", "recall_macro"), _macro_scores),
    (("auc",), _macro_auc),
    (("log_loss",), _log_loss),
    (("ece",), _ece),
)
