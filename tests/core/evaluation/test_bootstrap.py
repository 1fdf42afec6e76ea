import warnings

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from core.evaluation.bootstrap import metric_intervals, resampling_weights, weighted_metrics
from core.evaluation.families import CLASSIFICATION
from core.evaluation.metrics import classification_metrics


def _predictions(rows: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    proba = np.round(rng.dirichlet(np.ones(classes), size=rows), 1) + 0.01  # rounding makes ties
    proba /= proba.sum(axis=1, keepdims=True)
    y = (rng.random((rows, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    return y, proba


def _with_scikit_learn(y: np.ndarray, proba: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    drawn = weight > 0
    y, proba, weight = y[drawn], proba[drawn], weight[drawn]
    present, predicted = np.unique(y), proba.argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        y, predicted, labels=present, average="macro", sample_weight=weight, zero_division=0
    )
    classes = proba.shape[1]
    scored = [1] if classes == 2 else [c for c in range(classes) if c in present]
    areas = [roc_auc_score(y == c, proba[:, c], sample_weight=weight) for c in scored]
    return {
        "accuracy": accuracy_score(y, predicted, sample_weight=weight),
        "f1_macro": f1,
        "precision_macro": precision,
        "recall_macro": recall,
        "auc": np.mean(areas),
        "log_loss": log_loss(y, proba, sample_weight=weight, labels=range(classes)),
    }


@pytest.mark.parametrize("classes", [2, 4])
def test_weighted_metrics_agree_with_a_loop_over_scikit_learn(classes: int) -> None:
    y, proba = _predictions(120, classes)
    (weights,) = resampling_weights(len(y), 25, np.random.default_rng(3))
    fast = weighted_metrics(weights, y, proba)
    for i, weight in enumerate(weights):
        for name, value in _with_scikit_learn(y, proba, weight).items():
            assert fast[name][i] == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("classes", [2, 4])
def test_repeated_rows_give_the_weighted_metrics(classes: int) -> None:
    y, proba = _predictions(80, classes)
    (weights,) = resampling_weights(len(y), 10, np.random.default_rng(3))
    fast = weighted_metrics(weights, y, proba)
    for i, weight in enumerate(weights):
        rows = np.repeat(np.arange(len(y)), weight.astype(int))
        for name, value in classification_metrics(y[rows], proba[rows]).items():
            assert fast[name][i] == pytest.approx(value, abs=1e-12), name


def test_weights_are_bootstrap_counts_in_bounded_blocks() -> None:
    blocks = list(resampling_weights(200_000, 4, np.random.default_rng(0)))
    assert len(blocks) == 4
    weights = np.concatenate(blocks)
    assert (weights.sum(axis=1) == 200_000).all()
    assert weights.var() == pytest.approx(1, abs=0.02)


def test_intervals_are_seeded_and_hold_the_estimate() -> None:
    y, proba = _predictions(400, 3)
    intervals = metric_intervals(CLASSIFICATION, y, proba, seed=5)
    assert intervals == metric_intervals(CLASSIFICATION, y, proba, seed=5)
    assert intervals != metric_intervals(CLASSIFICATION, y, proba, seed=6)
    values = classification_metrics(y, proba)
    assert set(intervals) == set(values)
    for name in set(values) - {"ece"}:  # resampling adds noise to a sum of distances
        assert intervals[name].low < values[name] < intervals[name].high


def test_accuracy_and_log_loss_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    truth_y, truth_proba = _predictions(50_000, 3, seed=99)
    truth = classification_metrics(truth_y, truth_proba)
    covered = {"accuracy": 0, "log_loss": 0, "auc": 0}
    for seed in range(100):
        y, proba = _predictions(150, 3, seed=seed)
        intervals = metric_intervals(CLASSIFICATION, y, proba, seed=seed, resamples=200)
        for name in covered:
            covered[name] += intervals[name].low <= truth[name] <= intervals[name].high
    assert all(86 <= count <= 100 for count in covered.values()), covered


def test_a_single_class_has_no_auc_interval_and_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = np.zeros(20, dtype=int), np.full((20, 3), 1 / 3)
        intervals = metric_intervals(CLASSIFICATION, *one, seed=0)
    assert np.isnan(intervals["auc"]).all()
    assert intervals["accuracy"] == (1.0, 1.0)


def test_a_class_of_one_row_is_missing_in_some_resamples_only() -> None:
    y = np.array([0] * 30 + [1])
    proba = np.column_stack([np.linspace(0.9, 0.1, 31), np.linspace(0.1, 0.9, 31)])
    assert metric_intervals(CLASSIFICATION, y, proba, seed=0)["auc"] == (1.0, 1.0)
