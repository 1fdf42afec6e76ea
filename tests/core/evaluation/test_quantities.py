"""Metrics of predicted quantities, against scikit-learn."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    r2_score,
    root_mean_squared_error,
)

from core.config.tasks import QUANTITY_METRICS
from core.evaluation.bootstrap import metric_intervals, resampling_weights
from core.evaluation.families import REGRESSION
from core.evaluation.quantities import quantity_metrics, weighted_quantities

OF_SCIKIT_LEARN = {
    "r2": r2_score,
    "rmse": root_mean_squared_error,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
}


def predictions(rows: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.normal(1e6, 3, size=rows)
    return y, (y + rng.normal(0, 2, size=rows))[:, None]


def test_agrees_with_scikit_learn() -> None:
    y, outputs = predictions()
    found = quantity_metrics(y, outputs)
    assert tuple(found) == QUANTITY_METRICS
    for name, value in found.items():
        assert value == pytest.approx(OF_SCIKIT_LEARN[name](y, outputs[:, 0]), rel=1e-9)


def test_weighted_metrics_agree_with_a_loop_over_scikit_learn() -> None:
    y, outputs = predictions(80)
    (weights,) = resampling_weights(len(y), 20, np.random.default_rng(1))
    fast = weighted_quantities(weights, y, outputs)
    for i, weight in enumerate(weights):
        for name, score in OF_SCIKIT_LEARN.items():
            expected = score(y, outputs[:, 0], sample_weight=weight)
            assert fast[name][i] == pytest.approx(expected, rel=1e-8), name
    for name in QUANTITY_METRICS:
        (only,) = weighted_quantities(weights, y, outputs, name).items()
        assert only[0] == name
        assert (only[1] == fast[name]).all()


def test_a_true_value_of_zero_has_no_relative_error() -> None:
    y, outputs = np.array([0.0, 1, 2, 4]), np.array([[0.0], [1.1], [2.2], [4.4]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = quantity_metrics(y, outputs)
        intervals = metric_intervals(REGRESSION, y, outputs, seed=0)
    assert np.isnan(found["mape"])
    assert np.isnan(intervals["mape"]).all(), "though many resamples leave the row out"
    assert quantity_metrics(y[1:], outputs[1:])["mape"] == pytest.approx(0.1)
    weights = np.array([[1.0, 1, 1, 1], [0, 2, 1, 1]])
    assert weighted_quantities(weights, y, outputs)["mape"][1] == pytest.approx(0.1)


@pytest.mark.parametrize("value", [0.1, 1e9, -3.0])
def test_equal_true_values_have_no_r2(value: float) -> None:
    y = np.full(7, value)
    assert np.isnan(quantity_metrics(y, y[:, None] + 1)["r2"])
    among_others = np.append(y, [5 * value, 6 * value])
    weights = np.append(np.full(7, 9 / 7), [0, 0])[None]
    assert np.isnan(weighted_quantities(weights, among_others, among_others[:, None])["r2"][0])


def test_intervals_are_seeded_and_hold_the_estimate() -> None:
    y, outputs = predictions()
    intervals = metric_intervals(REGRESSION, y, outputs, seed=5)
    assert intervals == metric_intervals(REGRESSION, y, outputs, seed=5)
    for name, value in REGRESSION.values(y, outputs).items():
        assert intervals[name].low < value < intervals[name].high


def test_the_interval_of_the_mean_error_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(100):
        y, outputs = predictions(150, seed)
        low, high = metric_intervals(REGRESSION, y, outputs, seed=seed, resamples=200)["mae"]
        covered += low <= 2 * np.sqrt(2 / np.pi) <= high
    assert 86 <= covered <= 100
