"""A predicted quantity on held-out rows."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from core.evaluation.bootstrap import mean_interval, metric_estimates
from core.evaluation.evaluation import (
    Estimate,
    Evaluation,
    Explanation,
    IntervalCoverage,
    Residuals,
)
from core.evaluation.families import REGRESSION
from core.evaluation.gaps import slice_rows, wilson
from core.evaluation.measured import Measured, Summary
from core.evaluation.slices import Slice
from core.models.scorer.spec import Interval

MOST_POINTS = 500
_NORMAL_POINTS = 99
_BINS = 30
_QUANTILES = {"min": 0.0, "5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}


def evaluate_regression(
    measured: Measured,
    *,
    interval: Interval,
    slices: Sequence[Slice],
    explained: Explanation,
    seed: int,
) -> Evaluation:
    """Measures predictions against the truth.

    Args:
        measured: True values, and predictions of shape (rows, 1).
        interval: Of each prediction.
        slices: Parts of the test rows; empty ones are left out.
        explained: What the model looks at.
        seed: Seed of the bootstrap and of the plotted sample.
    """
    y, outputs = measured.y, measured.outputs
    return Evaluation(
        rows=len(y),
        labels=(),
        metrics=metric_estimates(REGRESSION, y, outputs, seed=seed),
        residuals=residuals(y, outputs, seed),
        coverage=interval_coverage(y, outputs, interval),
        slices=slice_rows(REGRESSION, slices, y, outputs, seed=seed),
        explanation=explained,
    )


def summarise_quantity(y: np.ndarray, outputs: np.ndarray) -> Summary:
    """Quantiles of the errors as text.

    Args:
        y: True values, shape (rows,).
        outputs: Predictions, shape (rows, 1).
    """
    found = _quantiles(outputs[:, 0] - y)
    lines = [f"{name:>5} {value:>14.6g}" for name, value in found.items()]
    return Summary(report="\n".join(["prediction minus truth", *lines, ""]), confusion=[])


def interval_coverage(y: np.ndarray, outputs: np.ndarray, interval: Interval) -> IntervalCoverage:
    """The share of true values within ``half_width`` of the prediction.

    Source: Lei et al. 2018, "Distribution-free predictive inference for regression" (JASA
    113:1094): on new rows the expected share is at least the one asked for; the share on these
    varies by chance, and with the calibration rows.
    """
    held = int((np.abs(outputs[:, 0] - y) <= interval.half_width).sum())
    bounds = wilson(held, len(y))
    return IntervalCoverage(
        wanted=interval.coverage,
        observed=held / len(y),
        low=bounds.low,
        high=bounds.high,
        mean_width=2 * interval.half_width,
    )


def residuals(y: np.ndarray, outputs: np.ndarray, seed: int) -> Residuals:
    """How the errors are distributed, with what the plots of them need."""
    errors = outputs[:, 0] - y
    mean = mean_interval(errors, seed=seed)
    counts, edges = _histogram(errors)
    shown = np.random.default_rng(seed).permutation(len(y))[:MOST_POINTS]
    return Residuals(
        mean=Estimate(value=float(errors.mean()), low=mean.low, high=mean.high),
        deviation=float(errors.std()),
        quantiles=_quantiles(errors),
        points=tuple((float(y[i]), float(outputs[i, 0])) for i in np.sort(shown)),
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        normal=_against_normal(errors),
    )


def _quantiles(errors: np.ndarray) -> dict[str, float]:
    values = np.quantile(errors, list(_QUANTILES.values()))
    return dict(zip(_QUANTILES, values.tolist(), strict=True))


def _histogram(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts and edges of bins; one bin where they are too near for floats between them."""
    try:
        return np.histogram(errors, bins=_BINS)
    except ValueError:
        ends = np.nextafter(errors.min(), -np.inf), np.nextafter(errors.max(), np.inf)
        return np.array([len(errors)]), np.array(ends)


def _against_normal(errors: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Of a quantile-quantile plot; empty where all errors are equal."""
    deviation = errors.std()
    if not deviation:
        return ()
    shares = np.arange(1, _NORMAL_POINTS + 1) / (_NORMAL_POINTS + 1)
    standard = np.quantile((errors - errors.mean()) / deviation, shares)
    return tuple(zip(norm.ppf(shares).tolist(), standard.tolist(), strict=True))
