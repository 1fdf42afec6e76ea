"""Contributions of columns add up to the estimator's own score."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import (
    LinearSvmCandidate,
    LogisticRegressionCandidate,
    RandomForestCandidate,
    RidgeCandidate,
)
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.models.table.build import build_table_estimator
from core.models.table.contributions import by_source, linear_contributions

TEXTS = ["good room", "bad room", "good view", "loud street"]


def rows(labels: tuple[str, ...]) -> Dataset:
    rng = np.random.default_rng(0)
    age = rng.normal(40, 10, size=120)
    age[::7] = np.nan
    plan = rng.choice(["free", "paid", "gift"], size=120)
    note = rng.choice(TEXTS, size=120)
    value = np.nan_to_num(age, nan=40) / 10 + 2 * (plan == "paid") + rng.normal(size=120)
    edges = np.quantile(value, np.arange(1, len(labels)) / len(labels)) if labels else []
    target = np.digitize(value, edges) if labels else value
    frame = pd.DataFrame({"age": age, "plan": plan, "note": note, "y": target})
    kinds = ("number", "category", "text")
    return Dataset(frame, ("age", "plan", "note"), "y", labels, True, "", (), kinds)


def fitted(candidate: Any, labels: tuple[str, ...]) -> tuple[Pipeline, Dataset]:
    train = rows(labels)
    model = build_table_estimator(candidate, PreprocessingConfig(), train, seed=0)
    return model.fit(train.frame[list(train.inputs)], train.y), train


def plain(train: Dataset, number: int) -> dict[str, Any]:
    row = train.frame[list(train.inputs)].iloc[number].to_dict()
    return {name: None if value != value else value for name, value in row.items()}


LOGISTIC = LogisticRegressionCandidate(name="c", model="logistic_regression")


@pytest.mark.parametrize("number", [0, 1, 7])
@pytest.mark.parametrize("labels", [("a", "b"), ("a", "b", "c")])
def test_they_add_up_to_the_decision_function(labels: tuple[str, ...], number: int) -> None:
    model, train = fitted(LOGISTIC, labels)
    row = plain(train, number)
    scores = np.atleast_1d(model.decision_function([row])[0])
    expected = [-scores[0], scores[0]] if len(labels) == 2 else scores
    for output, score in enumerate(expected):
        found = linear_contributions(model, row, output)
        assert found is not None
        assert found.score == pytest.approx(score)
        assert found.intercept + sum(value for _, value in found.columns) == pytest.approx(score)
        assert {name for name, _ in found.columns} == set(train.inputs)
        sizes = [abs(value) for _, value in found.columns]
        assert sizes == sorted(sizes, reverse=True)


def test_they_add_up_to_the_predicted_quantity_in_its_unit() -> None:
    model, train = fitted(RidgeCandidate(name="c", model="ridge"), ())
    for number in (0, 1, 7):
        row = plain(train, number)
        found = linear_contributions(model, row, 0)
        assert found is not None
        assert found.score == pytest.approx(model.predict([row])[0])


def test_of_a_calibrated_machine_it_is_the_score_below_the_sigmoid() -> None:
    model, train = fitted(LinearSvmCandidate(name="c", model="linear_svm"), ("a", "b"))
    row = plain(train, 3)
    found = linear_contributions(model, row, 1)
    assert found is not None
    (calibrated,) = model["model"].calibrated_classifiers_
    matrix = model["prepare"].transform([row])
    assert found.score == pytest.approx(calibrated.estimator.decision_function(matrix)[0])


def test_trees_have_none() -> None:
    model, train = fitted(RandomForestCandidate(name="c", model="random_forest"), ("a", "b"))
    assert linear_contributions(model, plain(train, 0), 1) is None


def test_sums_by_source_whatever_the_order() -> None:
    values = np.array([[1.0, 2, 4, 8], [1, 1, 1, 1]])
    source = np.array([1, 0, 1, 2])
    assert by_source(values, source).tolist() == [[2, 5, 8], [1, 2, 1]]
    assert by_source(values[..., None], source).shape == (2, 3, 1)
