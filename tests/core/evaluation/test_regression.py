"""Residuals and prediction intervals of a predicted quantity."""

import numpy as np
import pytest
from scipy.stats import binomtest, norm, probplot

from core.evaluation.evaluation import Evaluation
from core.evaluation.regression import (
    MOST_POINTS,
    interval_coverage,
    residuals,
    summarise_quantity,
)
from core.models.scorer.spec import Interval


def test_coverage_is_a_count_with_its_wilson_interval() -> None:
    y = np.zeros(10)
    outputs = np.array([0, 0.5, -1, 1, 1.01, -2, 0, 0, 0, 3.0])[:, None]
    found = interval_coverage(y, outputs, Interval(coverage=0.8, half_width=1.0))
    expected = binomtest(7, 10).proportion_ci(0.95, method="wilson")
    assert (found.wanted, found.observed, found.mean_width) == (0.8, 0.7, 2.0)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_intervals_from_fresh_rows_cover_as_often_as_they_say() -> None:
    """Lei et al. 2018: at least the share asked for, and hardly more."""
    rng, shares = np.random.default_rng(0), []
    for _ in range(300):
        errors = rng.standard_t(3, size=400)  # heavy tails: no assumption of normality
        rank = int(np.ceil(201 * 0.9))
        half = float(np.sort(np.abs(errors[:200]))[rank - 1])
        found = interval_coverage(
            np.zeros(200), errors[200:, None], Interval(coverage=0.9, half_width=half)
        )
        shares.append(found.observed)
    assert 0.895 < np.mean(shares) < 0.912


def test_residuals_are_what_the_plots_need() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=2000)
    errors = rng.normal(0.5, 2, size=2000)
    found = residuals(y, (y + errors)[:, None], seed=0)
    assert found.mean.value == pytest.approx(errors.mean())
    assert found.mean.low < 0.5 < found.mean.high
    assert found.deviation == pytest.approx(errors.std())
    assert found.quantiles["25%"] == pytest.approx(np.quantile(errors, 0.25))
    assert (found.quantiles["min"], found.quantiles["max"]) == pytest.approx(
        (errors.min(), errors.max())
    )
    assert sum(found.counts) == 2000
    assert len(found.edges) == len(found.counts) + 1
    assert len(found.points) == MOST_POINTS
    assert set(found.points) <= set(zip(y.tolist(), (y + errors).tolist(), strict=True))
    assert found == residuals(y, (y + errors)[:, None], seed=0)


def test_the_quantile_plot_is_scipys() -> None:
    errors = np.random.default_rng(2).exponential(size=999)
    found = np.array(residuals(np.zeros(999), errors[:, None], seed=0).normal)
    (theory, ordered), _ = probplot(errors)
    standard = (ordered - errors.mean()) / errors.std()
    assert found[:, 0] == pytest.approx(norm.ppf(np.arange(1, 100) / 100))
    assert found[:, 1] == pytest.approx(np.interp(found[:, 0], theory, standard), abs=0.05)


def test_a_perfect_model_has_residuals_without_a_plot_of_quantiles() -> None:
    y = np.arange(5.0)
    found = residuals(y, y[:, None], seed=0)
    assert (found.deviation, found.normal, found.mean.value) == (0, (), 0)
    assert sum(found.counts) == 5


@pytest.mark.parametrize("size", [1e17, 1e300])
def test_errors_too_near_each_other_for_bins(size: float) -> None:
    y = np.arange(50.0)
    found = residuals(y, np.full((50, 1), size), seed=0)
    assert (found.counts, len(found.edges)) == ((50,), 2)
    assert found.edges[0] < size < found.edges[1]


def test_the_summary_of_a_candidate_has_the_quantiles_of_its_errors() -> None:
    summary = summarise_quantity(np.zeros(101), np.arange(101.0)[:, None])
    assert summary.confusion == []
    lines = [line.split() for line in summary.report.splitlines()[1:]]
    assert lines == [
        ["min", "0"], ["5%", "5"], ["25%", "25"], ["50%", "50"], ["75%", "75"], ["95%", "95"],
        ["max", "100"],
    ]  # fmt: skip


def test_an_evaluation_has_no_classes(regression: Evaluation) -> None:
    assert (regression.labels, regression.per_class, regression.reliability) == ((), (), ())
    assert tuple(regression.metrics) == ("r2", "rmse", "mae", "mape")
    for part in regression.slices:
        assert part.metric == "mae"
        assert part.low < part.metrics["mae"] < part.high
        assert set(part.metrics) == set(regression.metrics)
