"""Curves against scikit-learn; the cheapest threshold against trying all of them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from core.config.evaluation import CostConfig
from core.errors import DataError
from core.evaluation.evaluation import Evaluation
from core.evaluation.measured import Measured
from core.evaluation.thresholds import (
    MOST_POINTS,
    choose_threshold,
    cost_curve,
    curves,
    positive_class,
    row_costs,
)

LABELS = ("no", "yes")
# Few distinct scores make ties, and 0 and 1 are among them.
SCORES = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=25)
COST = st.sampled_from([0.0, 0.5, 1.0, 7.0])


def measured(y: np.ndarray, score: np.ndarray) -> Measured:
    proba = np.column_stack([1 - score, score])
    return Measured(LABELS, y, proba, y, proba)


def drawn(rows: int, seed: int, power: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose power is the probability of being positive."""
    rng = np.random.default_rng(seed)
    score = rng.random(rows)
    return (rng.random(rows) < score**power).astype(int), score


@settings(max_examples=100)
@given(SCORES, COST, COST)
def test_no_threshold_is_cheaper_by_brute_force(rows, false_positive, false_negative) -> None:
    truth = np.array([positive for positive, _ in rows])
    score = np.array([eighths / 8 for _, eighths in rows])
    costs = CostConfig(false_positive=false_positive, false_negative=false_negative)
    thresholds, found = cost_curve(truth, score, costs)
    for threshold, cost in zip(thresholds, found, strict=True):
        assert row_costs(truth, score, costs, threshold).mean() == pytest.approx(cost)
    brute = min(row_costs(truth, score, costs, t).mean() for t in np.arange(0, 17) / 16)
    choice = choose_threshold(measured(truth.astype(int), score), 1, costs, seed=0)
    assert choice.validation_cost == pytest.approx(min(found)) == pytest.approx(brute)
    assert choice.test_cost == choice.validation_cost
    assert 0 <= choice.threshold <= 1


def test_costs_move_the_threshold_to_where_theory_has_it() -> None:
    rows = measured(*drawn(20_000, seed=0))
    for false_positive, false_negative, expected in ((1, 1, 0.5), (1, 4, 0.2), (3, 1, 0.75)):
        costs = CostConfig(false_positive=false_positive, false_negative=false_negative)
        choice = choose_threshold(rows, 1, costs, seed=0)
        assert choice.in_theory == expected
        assert choice.threshold == pytest.approx(expected, abs=0.08)
        assert choice.test_cost <= choice.test_cost_of_half


def test_it_is_chosen_on_validation_and_its_saving_measured_on_test() -> None:
    (y, score), (other_y, other) = drawn(3000, seed=1, power=3), drawn(3000, seed=2, power=3)
    sure, unsure = measured(y, score), measured(other_y, other)
    both = Measured(LABELS, y, sure.outputs, other_y, unsure.outputs)
    costs = CostConfig(false_negative=2)
    choice = choose_threshold(both, 1, costs, seed=0)
    assert choice.threshold == choose_threshold(unsure, 1, costs, seed=0).threshold
    test = [row_costs(y == 1, score, costs, value) for value in (choice.threshold, 0.5)]
    assert (choice.test_cost, choice.test_cost_of_half) == tuple(float(c.mean()) for c in test)
    saving = choice.test_saving
    assert saving.value == pytest.approx(choice.test_cost_of_half - choice.test_cost)
    assert 0 < saving.low < saving.value < saving.high, "scores that are too high"
    assert len(choice.costs) == MOST_POINTS


def test_no_cost_leaves_the_half() -> None:
    y, score = drawn(500, seed=3)
    choice = choose_threshold(
        measured(y, score), 1, CostConfig(false_positive=0, false_negative=0), seed=0
    )
    assert choice.in_theory == 0.5
    assert choice.threshold == pytest.approx(0.5, abs=0.01)
    assert (choice.validation_cost, choice.test_saving.value) == (0, 0)


def test_curves_are_scikit_learns_in_few_points() -> None:
    y, score = drawn(5000, seed=4)
    found = curves(measured(y, score), 1)
    assert found
    assert max(len(found.roc), len(found.precision_recall)) <= MOST_POINTS
    assert (found.roc[0], found.roc[-1]) == ((0, 0), (1, 1))
    assert auc(*np.array(found.roc).T) == pytest.approx(roc_auc_score(y, score), abs=0.01)
    assert found.average_precision == pytest.approx(average_precision_score(y, score))
    assert found.share == pytest.approx(y.mean())
    first = curves(measured(y, score), 0)
    assert first
    assert first.average_precision == pytest.approx(average_precision_score(1 - y, 1 - score))


def test_one_class_has_no_curves() -> None:
    assert curves(measured(np.zeros(4, dtype=int), np.linspace(0, 1, 4)), 1) is None


@pytest.mark.parametrize(
    ("labels", "costs", "problem"),
    [
        (LABELS, {"positive": "maybe"}, "costs.positive: no label 'maybe'; known: no, yes"),
        (("a", "b", "c"), {"positive": "a"}, "a threshold is of two classes, not of 3"),
        (("a", "b", "c"), {"false_negative": 2}, "a threshold is of two classes, not of 3"),
    ],
)  # fmt: skip
def test_costs_that_fit_no_label_are_refused(labels, costs, problem) -> None:
    with pytest.raises(DataError, match=problem.replace(".", r"\.")):
        positive_class(labels, CostConfig.model_validate(costs))


def test_the_label_that_is_looked_for() -> None:
    assert positive_class(LABELS, CostConfig()) == 1
    assert positive_class(LABELS, CostConfig(positive="no")) == 0
    assert positive_class(("a", "b", "c"), CostConfig()) is None


def test_more_classes_have_neither(evaluation: Evaluation, binary: Evaluation) -> None:
    assert (evaluation.curves, evaluation.threshold) == (None, None)
    assert binary.curves
    assert binary.threshold
    assert (binary.curves.positive, binary.threshold.positive) == ("yes", "yes")
    assert binary.threshold.threshold < 0.5, "missing one costs five times as much"
