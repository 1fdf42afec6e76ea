import json
import time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core.config.rules import CompareConfig, Metric, Rule
from core.config.tasks import CLASS_METRICS
from core.evaluation.comparison import (
    Comparison,
    compare_on_same_rows,
    incomparable,
    no_champion,
)
from core.evaluation.families import CLASSIFICATION, REGRESSION
from core.evaluation.metrics import GREATER_IS_BETTER, classification_metrics
from core.evaluation.paired import Pair
from core.evaluation.slices import column_slices, text_length_slices

ROWS = 1000
Y = np.zeros(ROWS, dtype=int)
SEEDS = st.integers(0, 10_000)
METRICS = st.sampled_from(CLASS_METRICS)


def _proba(correct: np.ndarray) -> np.ndarray:
    return np.where(correct[:, None], [0.9, 0.1], [0.1, 0.9])


def _first(right: int) -> np.ndarray:
    return np.arange(ROWS) < right


def _compare(champion: np.ndarray, candidate: np.ndarray, margin: float = 0.02) -> Comparison:
    return _scored(Y, _proba(champion), _proba(candidate), margin=margin)


def _scored(
    y: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    metric: Metric = "accuracy",
    margin: float = 0.02,
) -> Comparison:
    labels = [str(i) for i in range(champion.shape[1])]
    config = CompareConfig(metric=metric, margin=margin)
    return compare_on_same_rows(
        CLASSIFICATION,
        Pair(y, champion, candidate),
        labels=labels,
        slices=(),
        config=config,
        seed=0,
    )


def _models(seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two unlike models of rows of three classes."""
    rng = np.random.default_rng(seed)
    first, second = (rng.dirichlet(np.ones(3), size=rows) for _ in range(2))
    y = np.append((rng.random((rows - 3, 1)) > first[3:].cumsum(axis=1)).sum(axis=1), [0, 1, 2])
    return y, first, second


@pytest.mark.parametrize(
    ("champion", "candidate", "verdict"),
    [
        (800, 900, "better"),
        (900, 902, "not_worse"),
        (900, 895, "not_worse"),
        (900, 850, "worse"),
    ],
)
def test_verdicts(champion: int, candidate: int, verdict: str) -> None:
    result = _compare(_first(champion), _first(candidate))
    assert result.verdict == verdict
    assert (result.champion, result.candidate) == (champion / ROWS, candidate / ROWS)
    assert result.difference == pytest.approx((candidate - champion) / ROWS)
    assert result.rows == ROWS
    assert result.mcnemar
    assert result.mcnemar.candidate_only - result.mcnemar.champion_only == candidate - champion


@settings(max_examples=10, deadline=None)
@given(METRICS, SEEDS)
def test_a_model_is_neither_better_nor_worse_than_itself(metric: Metric, seed: int) -> None:
    y, model, _ = _models(seed)
    result = _scored(y, model, model, metric, margin=0)
    assert (result.difference, result.low, result.high) == (0, 0, 0)
    assert result.verdict == "not_worse"
    assert result.mcnemar
    assert result.mcnemar.p_value == 1
    assert set(result.differences.values()) == {0}


@settings(max_examples=10, deadline=None)
@given(METRICS, SEEDS)
def test_swapping_the_models_turns_every_difference(metric: Metric, seed: int) -> None:
    y, first, second = _models(seed)
    there, back = _scored(y, first, second, metric), _scored(y, second, first, metric)
    assert (there.champion, there.candidate) == (back.candidate, back.champion)
    assert there.difference is not None
    assert back.difference == pytest.approx(-there.difference)
    assert back.differences == pytest.approx({k: -v for k, v in there.differences.items()})
    assert {there.verdict, back.verdict} != {"better"}


@settings(max_examples=10, deadline=None)
@given(METRICS, SEEDS, st.floats(0, 1))
def test_the_verdict_is_where_the_interval_lies(metric: Metric, seed: int, margin: float) -> None:
    y, first, second = _models(seed)
    result = _scored(y, first, second, metric, margin)
    assert result.low is not None
    assert result.high is not None
    turned = (result.low, result.high) if GREATER_IS_BETTER[metric] else (-result.high, -result.low)
    lost = "worse" if turned[1] < 0 else "inconclusive"
    expected = "better" if turned[0] > 0 else "not_worse" if turned[0] >= -margin else lost
    assert result.verdict == expected


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_a_wider_margin_accepts_no_less(seed: int) -> None:
    y, first, second = _models(seed)
    ranks = {"worse": 0, "inconclusive": 0, "not_worse": 1, "better": 2}
    verdicts = [ranks[_scored(y, first, second, margin=m).verdict] for m in (0, 0.05, 0.2, 1)]
    assert verdicts == sorted(verdicts)
    assert verdicts[-1] >= ranks["not_worse"]


def test_smaller_is_better_for_a_loss() -> None:
    y = np.repeat([0, 1], 100)
    sure, unsure = (np.where((y == 0)[:, None], p, p[::-1]) for p in ([0.9, 0.1], [0.6, 0.4]))
    better, worse = _scored(y, unsure, sure, "log_loss"), _scored(y, sure, unsure, "log_loss")
    assert (better.verdict, worse.verdict) == ("better", "worse")
    assert better.difference == pytest.approx(np.log(0.6) - np.log(0.9))
    assert better.reason == (
        "log_loss -0.4055 on the same rows, smaller is better; [-0.4055, -0.4055] lies below 0"
    )
    assert worse.reason.endswith(
        "[+0.4055, +0.4055] lies above 0 and reaches above 0.02, the margin"
    )


def test_equal_models_on_few_rows_are_not_called_worse() -> None:
    wrong = np.isin(np.arange(100), [0, 1, 2]), np.isin(np.arange(100), [3, 4])
    first, second = (_proba(~rows) for rows in wrong)
    result = _scored(Y[:100], second, first)
    assert result.verdict == "inconclusive"
    assert result.reason == (
        "accuracy -0.0100 on the same rows; [-0.0600, +0.0300] holds 0 and reaches below -0.02, "
        "the margin: too few rows to tell"
    )


def test_the_value_is_that_of_the_metric() -> None:
    y, first, second = _models(3)
    result = _scored(y, first, second, "ece")
    assert result.champion == classification_metrics(y, first)["ece"]
    assert result.candidate == classification_metrics(y, second)["ece"]
    assert result.differences["ece"] == pytest.approx(result.difference)


def test_an_undefined_metric_leaves_all_other_differences() -> None:
    result = _scored(Y, _proba(_first(900)), _proba(_first(950)), "auc")
    assert result.verdict == "undefined"
    assert result.reason == (
        "auc is undefined on these 1000 rows; set promotion.compare.metric to another"
    )
    assert np.isnan([result.champion, result.candidate, result.difference, result.low]).all()
    assert result.differences["accuracy"] == pytest.approx(0.05)
    assert "auc" not in result.differences
    assert result.slices
    again = Comparison.model_validate_json(result.model_dump_json())
    assert (again.verdict, again.differences) == ("undefined", result.differences)


def test_what_rules_bound_has_an_interval() -> None:
    y, first, second = _models(5)
    slices = column_slices("desk", ["x", "y"] * 30)
    rules = [
        Rule(metric="ece", against="champion", value=0),
        Rule(metric="f1_macro", slice="desk=*", against="champion", value=0),
        Rule(metric="log_loss", slice="desk=*", value=0),
    ]
    pair = Pair(y, first, second)
    result = compare_on_same_rows(
        CLASSIFICATION,
        pair,
        labels="abc",
        slices=slices,
        config=CompareConfig(),
        rules=rules,
        seed=0,
    )
    assert set(result.intervals) == {"accuracy", "ece"}
    assert result.intervals["accuracy"] == (result.low, result.high)
    by_kind = {part.kind: set(part.intervals) for part in result.slices}
    assert by_kind == {"class": {"precision", "recall", "f1"}, "desk": {"accuracy", "f1_macro"}}
    low, high = result.slices[-1].intervals["f1_macro"]
    assert low < result.slices[-1].differences["f1_macro"] < high
    assert Comparison.model_validate_json(result.model_dump_json()) == result


def test_classes_and_parts_are_compared_too() -> None:
    y, first, second = _models(5)
    slices = column_slices("desk", ["x", "y"] * 30)
    pair = Pair(y, first, second)
    result = compare_on_same_rows(
        CLASSIFICATION, pair, labels="abc", slices=slices, config=CompareConfig(), seed=0
    )
    assert [part.name for part in result.slices] == [
        *("class=a", "class=b", "class=c"),
        *("desk=x", "desk=y"),
    ]
    assert Comparison.model_validate_json(result.model_dump_json()) == result
    assert json.loads(result.model_dump_json())["slices"][3]["metric"] == "accuracy"


def test_without_a_production_model() -> None:
    proba = _proba(_first(900))
    values = classification_metrics(Y, proba)
    result = no_champion(ROWS, values, CompareConfig())
    assert (result.verdict, result.candidate, result.champion) == ("no_champion", 0.9, None)
    assert (result.mcnemar, result.differences, result.slices) == (None, {}, ())
    other = incomparable(ROWS, values, CompareConfig(metric="f1_macro"), "other labels")
    assert (other.verdict, other.reason, other.metric) == (
        "incomparable",
        "other labels",
        "f1_macro",
    )


@pytest.mark.parametrize("metric", CLASS_METRICS)
def test_fifteen_hundred_rows_are_quickly_compared(metric: Metric) -> None:
    y, first, second = _models(1, rows=1500)
    slices = text_length_slices(["x" * (20 + i % 200) for i in range(1500)])
    started = time.process_time()
    pair, config = Pair(y, first, second), CompareConfig(metric=metric)
    compare_on_same_rows(CLASSIFICATION, pair, labels="abc", slices=slices, config=config, seed=0)
    assert time.process_time() - started < 5


def test_quantities_have_no_classes_and_no_mcnemar() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(1000, 100, size=400)
    near, far = ((y + rng.normal(0, size, size=400))[:, None] for size in (10, 40))
    slices = column_slices("desk", ["x", "y"] * 200)
    rules = [Rule(metric="rmse", slice="desk=*", against="champion", op="<=", value=0)]
    config = CompareConfig(metric="r2")
    result = compare_on_same_rows(
        REGRESSION, Pair(y, far, near), labels=(), slices=slices, config=config, rules=rules, seed=0
    )
    assert (result.verdict, result.margin, result.mcnemar) == ("better", 0.02, None)
    assert [part.name for part in result.slices] == ["desk=x", "desk=y"]
    assert set(result.slices[0].intervals) == {"r2", "rmse"}
    low, high = result.slices[0].intervals["rmse"]
    assert low < result.slices[0].differences["rmse"] < high < 0
