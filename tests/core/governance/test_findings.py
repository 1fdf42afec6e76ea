"""What rules look at, from what was measured."""

import numpy as np

from core.config.evaluation import EvaluationConfig
from core.config.rules import CompareConfig, Rule
from core.evaluation.classification import evaluate_classifier
from core.evaluation.comparison import compare_on_same_rows, no_champion
from core.evaluation.evaluation import Explanation
from core.evaluation.families import CLASSIFICATION
from core.evaluation.measured import Measured
from core.evaluation.paired import Pair
from core.evaluation.slices import Slice
from core.governance.findings import findings_of
from core.governance.rules import check_rules

LABELS = ("a", "b", "nobody")
Y = np.array([0, 0, 1, 1])
CANDIDATE = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0.9, 0], [0.3, 0.7, 0]])
CHAMPION = CANDIDATE[:, [1, 0, 2]]
SLICES = (Slice("desk", "x", np.array([True, True, False, False])),)
EVALUATION = evaluate_classifier(
    Measured(LABELS, Y, CANDIDATE, Y, CANDIDATE),
    slices=SLICES,
    explained=Explanation(),
    config=EvaluationConfig(),
    seed=0,
)


def test_slices_have_their_metrics_and_differences() -> None:
    pair = Pair(Y, CHAMPION, CANDIDATE)
    comparison = compare_on_same_rows(
        CLASSIFICATION, pair, labels=LABELS, slices=SLICES, config=CompareConfig(), seed=0
    )
    found = findings_of({"accuracy": 0.6}, EVALUATION, {"predict_ms": 1.0}, comparison)
    assert found.metrics["validation"] == {"accuracy": 0.6}
    assert found.metrics["test"]["accuracy"] == 0.75
    assert found.differences["accuracy"] == 0.5
    assert found.unopposed == ""
    by_name = {(part.kind, part.value): part for part in found.slices}
    assert list(by_name) == [("class", "a"), ("class", "b"), ("class", "nobody"), ("desk", "x")]
    assert by_name["class", "b"].metrics["recall"] == 1
    assert by_name["class", "b"].differences["recall"] == 1
    assert by_name["class", "b"].intervals["recall"] == (1, 1)
    assert (by_name["class", "b"].compared, by_name["class", "nobody"].compared) == (2, 0)
    assert found.intervals.keys() == {"accuracy"}
    assert by_name["desk", "x"].metrics["accuracy"] == 0.5
    assert by_name["desk", "x"].differences["accuracy"] == 0
    assert "auc" not in by_name["desk", "x"].metrics, "one class has none"
    assert (by_name["class", "nobody"].rows, by_name["class", "nobody"].metrics) == (0, {})


def test_an_undefined_metric_leaves_rules_to_bind() -> None:
    rows = Y == 0
    comparison = compare_on_same_rows(
        CLASSIFICATION, Pair(Y, CHAMPION, CANDIDATE).only(rows),
        labels=LABELS, slices=(), config=CompareConfig(metric="auc"), seed=0,
    )  # fmt: skip
    found = findings_of({}, EVALUATION, {}, comparison)
    assert (comparison.verdict, found.unopposed) == ("undefined", "")
    rule = Rule(metric="accuracy", against="champion", value=0.6)
    (result,) = check_rules([rule], found)
    assert (result.observed, result.skipped) == (0, False)


def test_without_a_champion_the_reason_is_kept() -> None:
    comparison = no_champion(len(Y), EVALUATION.values(), CompareConfig())
    found = findings_of({}, EVALUATION, {}, comparison)
    assert found.unopposed == "no model is in production"
    assert not any(part.differences for part in found.slices)
