"""What rules look at, from what was measured."""

import numpy as np

from core.config.rules import CompareConfig
from core.evaluation.comparison import compare_on_same_rows, no_champion
from core.evaluation.evaluation import evaluate_classifier
from core.evaluation.slices import Slice
from core.governance.findings import findings_of

LABELS = ("a", "b", "nobody")
Y = np.array([0, 0, 1, 1])
CANDIDATE = np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0.9, 0], [0.3, 0.7, 0]])
CHAMPION = CANDIDATE[:, [1, 0, 2]]
SLICES = (Slice("desk", "x", np.array([True, True, False, False])),)
EVALUATION = evaluate_classifier(
    labels=LABELS, y=Y, proba=CANDIDATE, slices=SLICES, top_terms={}, seed=0
)


def test_slices_have_their_metrics_and_differences() -> None:
    comparison = compare_on_same_rows(
        Y, CHAMPION, CANDIDATE, labels=LABELS, slices=SLICES, config=CompareConfig(), seed=0
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
    assert by_name["desk", "x"].metrics["accuracy"] == 0.5
    assert by_name["desk", "x"].differences["accuracy"] == 0
    assert "auc" not in by_name["desk", "x"].metrics, "one class has none"
    assert (by_name["class", "nobody"].rows, by_name["class", "nobody"].metrics) == (0, {})


def test_without_a_champion_the_reason_is_kept() -> None:
    found = findings_of({}, EVALUATION, {}, no_champion(Y, CANDIDATE, CompareConfig()))
    assert found.unopposed == "no model is in production"
    assert not any(part.differences for part in found.slices)
