"""Differences on the same rows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as arrays

from core.config.tasks import CLASS_METRICS, QUANTITY_METRICS
from core.evaluation.bootstrap import weighted_metrics
from core.evaluation.families import CLASSIFICATION, REGRESSION
from core.evaluation.metrics import classification_metrics
from core.evaluation.paired import Difference, Pair, metric_difference, paired_difference

CHOSEN: dict[str, Any] = {"confidence": 0.95, "seed": 0}
# Exact in binary, so that no addition rounds.
EIGHTHS = st.integers(-8000, 8000).map(lambda number: number / 8)
LOSSES = arrays.arrays(np.float64, (2, 30), elements=st.floats(-1e3, 1e3, width=32))


def predictions(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    champion = rng.dirichlet(np.ones(3), size=rows)
    y = (rng.random((rows, 1)) > champion.cumsum(axis=1)).sum(axis=1)
    return y, champion, 0.5 * champion + 0.5 * rng.dirichlet(np.ones(3), size=rows)


@settings(max_examples=30)
@given(LOSSES)
def test_swapping_the_models_turns_the_difference(losses: np.ndarray) -> None:
    there = paired_difference(*losses, **CHOSEN)
    back = paired_difference(*losses[::-1], **CHOSEN)
    assert back.value == pytest.approx(-there.value)
    assert there.low <= there.high


@pytest.mark.parametrize("values", [2, 1000], ids=["hits", "continuous"])
def test_swapping_the_models_turns_the_interval(values: int) -> None:
    champion, candidate = np.random.default_rng(3).integers(values, size=(2, 500)) / values
    there = paired_difference(champion, candidate, **CHOSEN)
    back = paired_difference(candidate, champion, **CHOSEN)
    near = 0.05 * (there.high - there.low)
    assert [back.low, back.high] == pytest.approx([-there.high, -there.low], abs=near)


@settings(max_examples=30)
@given(arrays.arrays(np.float64, (2, 30), elements=EIGHTHS), EIGHTHS)
def test_a_constant_shift_moves_the_whole_interval(losses: np.ndarray, shift: float) -> None:
    champion, candidate = losses
    before = paired_difference(champion, candidate, **CHOSEN)
    after = paired_difference(champion, candidate + shift, **CHOSEN)
    assert after == pytest.approx([value + shift for value in before], abs=1e-9)


@settings(max_examples=30)
@given(LOSSES)
def test_identical_models_differ_by_nothing(losses: np.ndarray) -> None:
    assert paired_difference(losses[0], losses[0], **CHOSEN) == Difference(0, 0, 0)


@pytest.mark.parametrize("values", [2, 3, 1000], ids=["hits", "few", "continuous"])
def test_the_interval_matches_resampling_the_rows_themselves(values: int) -> None:
    rng = np.random.default_rng(1)
    champion, candidate = rng.integers(values, size=(2, 400)) / values
    found = paired_difference(champion, candidate, **CHOSEN)
    gains = candidate - champion
    means = gains[rng.integers(400, size=(5000, 400))].mean(axis=1)
    assert found.value == gains.mean()
    spread = 0.15 * means.std()
    assert [found.low, found.high] == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=spread)


@pytest.mark.parametrize("continuous", [False, True])
def test_the_interval_covers_the_truth_about_as_often_as_it_says(continuous: bool) -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        if continuous:  # absolute errors; the mean of the gain is 0.1
            champion, candidate = rng.exponential(1, 120), rng.exponential(1.1, 120)
        else:
            champion, candidate = rng.random(120) < 0.8, rng.random(120) < 0.9
        found = paired_difference(champion, candidate, confidence=0.9, seed=seed)
        covered += found.low <= 0.1 <= found.high
    assert 165 <= covered <= 195, covered


def test_pairing_makes_the_interval_narrower_than_independent_errors() -> None:
    champion, candidate = np.arange(1000) < 900, np.arange(1000) < 910
    paired = paired_difference(champion, candidate, **CHOSEN)
    crossed = paired_difference(champion, candidate[::-1], **CHOSEN)
    assert paired.high - paired.low < crossed.high - crossed.low


@pytest.mark.parametrize("metric", CLASS_METRICS)
def test_every_metric_of_the_task(metric: str) -> None:
    y, champion, candidate = predictions()
    pair = Pair(y, champion, candidate)
    found = metric_difference(CLASSIFICATION, metric, pair, **CHOSEN)
    before, after = (classification_metrics(y, proba)[metric] for proba in (champion, candidate))
    assert found.value == pytest.approx(after - before)
    assert found.low < found.high
    assert found == metric_difference(CLASSIFICATION, metric, pair, **CHOSEN)
    same = Pair(y, champion, champion)
    assert metric_difference(CLASSIFICATION, metric, same, **CHOSEN) == Difference(0, 0, 0)
    wide = metric_difference(CLASSIFICATION, metric, pair, confidence=0.99, seed=0)
    assert wide.low <= found.low <= found.high <= wide.high


@pytest.mark.parametrize("metric", ["f1_macro", "auc", "log_loss", "ece"])
def test_metrics_are_paired_by_row(metric: str) -> None:
    y, champion, candidate = predictions(rows=200)
    rng, all_rows = np.random.default_rng(7), np.ones((1, 200))
    values = []
    for _ in range(500):
        rows = rng.integers(200, size=200)
        before, after = (
            weighted_metrics(all_rows, y[rows], proba[rows], metric)[metric]
            for proba in (champion, candidate)
        )
        values.append(after - before)
    found = metric_difference(CLASSIFICATION, metric, Pair(y, champion, candidate), **CHOSEN)
    expected = np.quantile(values, [0.025, 0.975])
    assert [found.low, found.high] == pytest.approx(expected, abs=0.35 * np.std(values))


def test_an_undefined_metric_has_no_difference() -> None:
    _, champion, candidate = predictions(rows=20)
    pair = Pair(np.zeros(20, dtype=int), champion, candidate)
    found = metric_difference(CLASSIFICATION, "auc", pair, **CHOSEN)
    assert np.isnan(found).all()


@pytest.mark.parametrize("metric", QUANTITY_METRICS)
def test_every_metric_of_quantities(metric: str) -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(10, 2, size=200)
    champion, candidate = ((y + rng.normal(0, size, size=200))[:, None] for size in (1, 0.8))
    found = metric_difference(REGRESSION, metric, Pair(y, champion, candidate), **CHOSEN)
    before, after = (REGRESSION.values(y, outputs)[metric] for outputs in (champion, candidate))
    assert found.value == pytest.approx(after - before)
    assert found.low < found.value < found.high
    undefined = Pair(np.append(y, 0.0), *(np.append(o, [[0.0]], 0) for o in (champion, candidate)))
    if metric == "mape":
        assert np.isnan(metric_difference(REGRESSION, metric, undefined, **CHOSEN)).all()
