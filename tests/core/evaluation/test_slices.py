import numpy as np
import pandas as pd
import pytest

from core.data.dataset import Dataset
from core.evaluation.families import CLASSIFICATION
from core.evaluation.metrics import classification_metrics
from core.evaluation.slices import (
    MOST_VALUES,
    class_slices,
    column_slices,
    dataset_slices,
    number_slices,
    slice_metrics,
    text_length_slices,
)


def test_quarters_of_the_rows_with_readable_names() -> None:
    slices = text_length_slices(["x" * length for length in range(1, 101)])
    assert [(part.kind, part.value) for part in slices] == [
        ("length", "1-26 characters"),
        ("length", "27-51 characters"),
        ("length", "52-76 characters"),
        ("length", "77-100 characters"),
    ]
    assert (np.sum([part.mask for part in slices], axis=0) == 1).all()


def test_texts_of_one_length_are_one_slice() -> None:
    (part,) = text_length_slices(["abc"] * 5)
    assert part.value == "3 characters"
    assert len(part) == 5


def test_no_texts_give_no_slices() -> None:
    assert text_length_slices([]) == ()


def test_the_rows_of_each_class() -> None:
    slices = class_slices(["a", "b", "c"], np.array([0, 2, 0]))
    assert [(part.value, part.mask.tolist()) for part in slices] == [
        ("a", [True, False, True]),
        ("b", [False] * 3),
        ("c", [False, True, False]),
    ]


def test_a_column_by_its_values_most_frequent_first() -> None:
    slices = column_slices("desk", ["b", "a", None, "b", float("nan"), "c"])
    assert [(part.kind, part.value, len(part)) for part in slices] == [
        ("desk", "b", 2),
        ("desk", "missing", 2),
        ("desk", "a", 1),
        ("desk", "c", 1),
    ]
    assert slices[1].mask.tolist() == [False, False, True, False, True, False]


def test_rare_values_are_other() -> None:
    values = [f"v{i:02}" for i in range(MOST_VALUES + 5) for _ in range(100 - i)]
    slices = column_slices("desk", values)
    assert [part.value for part in slices] == [*(f"v{i:02}" for i in range(MOST_VALUES)), "other"]
    assert len(slices[-1]) == sum(100 - i for i in range(MOST_VALUES, MOST_VALUES + 5))
    assert (np.sum([part.mask for part in slices], axis=0) == 1).all()
    reversed_ = column_slices("desk", values[::-1])
    assert [part.value for part in reversed_] == [part.value for part in slices]


def test_a_value_that_is_called_other_joins_the_rest() -> None:
    rare = [f"v{i}" for i in range(MOST_VALUES + 5)]
    *_, last = column_slices("desk", ["other"] * 3 + rare)
    slices = {part.value: len(part) for part in column_slices("desk", ["other"] * 3 + rare)}
    assert sum(slices.values()) == len(rare) + 3
    assert slices["other"] == 3 + 6
    assert last.value != "other"


def test_metrics_of_each_slice_are_those_of_its_rows() -> None:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), size=90)
    y = np.repeat([0, 1, 2], 30)
    desks = rng.choice(list("abc"), size=90).tolist()
    slices = (*column_slices("desk", desks), *class_slices("abc", y))
    for part, found in zip(slices, slice_metrics(CLASSIFICATION, slices, y, proba), strict=True):
        expected = classification_metrics(y[part.mask], proba[part.mask])
        defined = {name: value for name, value in expected.items() if not np.isnan(value)}
        assert found == pytest.approx(defined)
        assert ("auc" in found) == (part.kind == "desk")
    assert slice_metrics(CLASSIFICATION, (), y, proba) == []


def test_a_number_by_quarters_and_missing_last() -> None:
    values = np.append(np.arange(1, 101) / 10, np.nan)
    slices = number_slices("age", values)
    assert [(part.value, len(part)) for part in slices] == [
        ("0.1 to 2.6", 26), ("2.7 to 5.1", 25), ("5.2 to 7.6", 25), ("7.7 to 10", 24),
        ("missing", 1),
    ]  # fmt: skip
    assert (np.sum([part.mask for part in slices], axis=0) == 1).all()


def test_a_number_of_few_values_has_a_slice_for_each() -> None:
    slices = number_slices("flag", np.array([1.0, 0, 1, np.nan]))
    assert [(part.value, len(part)) for part in slices] == [("0", 1), ("1", 2), ("missing", 1)]
    (nothing,) = number_slices("gap", np.full(3, np.nan))
    assert (nothing.value, len(nothing)) == ("missing", 3)


def test_slices_of_a_dataset_follow_the_kind_of_the_column() -> None:
    frame = pd.DataFrame({"x": [1.0] * 12, "age": np.arange(12.0), "desk": list("aaab") * 3})
    dataset = Dataset(frame, ("x", "age"), "y", (), True, "", ("age", "desk"))
    parts = [(part.kind, part.value, len(part)) for part in dataset_slices(dataset)]
    assert parts[-2:] == [("desk", "a", 9), ("desk", "b", 3)]
    assert [kind for kind, *_ in parts] == ["age"] * 4 + ["desk"] * 2
