import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from core.config.tasks import ALL_METRICS, CLASS_METRICS
from core.evaluation.metrics import (
    GREATER_IS_BETTER,
    METRIC_TITLES,
    classification_metrics,
    expected_calibration_error,
    figure,
)


def test_every_metric_of_a_config_has_a_title_and_a_direction() -> None:
    assert set(METRIC_TITLES) == set(GREATER_IS_BETTER) == set(ALL_METRICS)


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        ("r2", 0.81234567, "+0.8123"),
        ("mae", 123456.789, "+123457"),
        ("mae", 1.5e15, "+1.5e+15"),
        ("mae", 31.4159265, "+31.416"),
        ("rmse", -0.000012345, "-1.2345e-05"),
        ("mape", 0.05, "+0.0500"),
        ("auc", float("nan"), "undefined"),
    ],
)
def test_figures_have_digits_whatever_the_unit(metric: str, value: float, words: str) -> None:
    assert figure(metric, value, signed=True) == words
    assert figure(metric, value) == words.removeprefix("+")


def test_agrees_with_scikit_learn_when_every_class_is_present() -> None:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([1, 1, 1], size=300)
    y = rng.integers(3, size=300)
    metrics = classification_metrics(y, proba)
    assert tuple(metrics) == CLASS_METRICS
    assert metrics["f1_macro"] == pytest.approx(f1_score(y, proba.argmax(1), average="macro"))
    expected = roc_auc_score(y, proba, multi_class="ovr", average="macro")
    assert metrics["auc"] == pytest.approx(expected)


def test_two_classes_use_the_plain_auc() -> None:
    score = np.array([0.1, 0.4, 0.35, 0.8])
    proba = np.column_stack([1 - score, score])
    assert classification_metrics(np.array([0, 0, 1, 1]), proba)["auc"] == pytest.approx(0.75)


def test_an_absent_class_is_left_out_of_the_macro_averages() -> None:
    y = np.array([0, 0, 1, 1])
    proba = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    metrics = classification_metrics(y, proba)
    assert metrics["recall_macro"] == pytest.approx(0.75)
    assert metrics["auc"] == pytest.approx((1.0 + 0.875) / 2)


def test_one_class_alone_has_no_auc() -> None:
    metrics = classification_metrics(np.zeros(3, dtype=int), np.full((3, 2), 0.5))
    assert np.isnan(metrics["auc"])
    assert metrics["accuracy"] == 1.0


def test_calibration_error_by_hand() -> None:
    proba = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.65, 0.35]])
    y = np.array([0, 1, 0, 0])
    # The upper bin has confidence 0.95 and accuracy 0.5, the lower one 0.65 and 1.
    assert expected_calibration_error(y, proba) == pytest.approx((0.45 + 0.35) / 2)


def test_a_calibrated_model_has_a_small_calibration_error() -> None:
    rng = np.random.default_rng(1)
    proba = rng.dirichlet([1, 1, 1], size=20_000)
    y = (rng.random((20_000, 1)) > proba.cumsum(axis=1)).sum(axis=1)
    assert expected_calibration_error(y, proba) < 0.02
    assert expected_calibration_error((y + 1) % 3, proba) > 0.2
