"""Where a model that is better on the whole is worse."""

import numpy as np
import pytest

from core.evaluation.families import CLASSIFICATION
from core.evaluation.paired import Pair
from core.evaluation.slice_differences import class_differences, part_differences
from core.evaluation.slices import Slice, column_slices

LABELS = ("a", "b", "nobody")
Y = np.repeat([0, 1], 100)
RIGHT, WRONG = [0.9, 0.1], [0.1, 0.9]


def proba(right_of_a: int, right_of_b: int) -> np.ndarray:
    rows = [RIGHT] * right_of_a + [WRONG] * (100 - right_of_a)
    rows += [WRONG] * right_of_b + [RIGHT] * (100 - right_of_b)
    return np.column_stack([np.array(rows), np.zeros(200)])


PAIR = Pair(Y, proba(90, 80), proba(60, 100))


def test_each_class_with_the_interval_of_its_recall() -> None:
    a, b = class_differences(PAIR, LABELS, confidence=0.95, seed=0)
    assert (a.name, a.rows, a.metric) == ("class=a", 100, "recall")
    assert a.difference == pytest.approx(-0.3)
    assert a.low < -0.3 < a.high < 0
    assert b.difference == pytest.approx(0.2)
    assert a.differences["recall"] == pytest.approx(-0.3)
    assert a.differences["precision"] == pytest.approx(1 - 90 / 110)
    assert set(a.differences) == set(a.intervals) == {"precision", "recall", "f1"}
    assert a.intervals["recall"] == (a.low, a.high)
    for name, (low, high) in a.intervals.items():
        assert low < a.differences[name] < high


def test_other_parts_with_the_interval_of_the_metric() -> None:
    parts = (*column_slices("desk", ["x"] * 150 + ["y"] * 50), Slice("desk", "z", Y > 1))
    found = part_differences(CLASSIFICATION, PAIR, parts, "log_loss", confidence=0.95, seed=0)
    x, y = found
    assert [(part.name, part.rows, part.metric) for part in found] == [
        ("desk=x", 150, "log_loss"),
        ("desk=y", 50, "log_loss"),
    ]
    assert x.low < x.difference < x.high
    assert x.difference == pytest.approx(x.differences["log_loss"])
    assert x.differences["accuracy"] == pytest.approx(-0.2)
    assert y.differences["accuracy"] == pytest.approx(0.4)
    assert "auc" not in y.differences, "one class has none"


def test_an_undefined_metric_leaves_the_accuracy() -> None:
    parts = column_slices("desk", ["x"] * 100 + ["y"] * 100)
    found = part_differences(CLASSIFICATION, PAIR, parts, "auc", confidence=0.95, seed=0)
    assert [part.metric for part in found] == ["accuracy", "accuracy"]
    assert found[0].difference == pytest.approx(-0.3)
