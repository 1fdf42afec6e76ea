"""What real estimators look at, where it is known what they should."""

import sys
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import (
    HistGradientBoostingCandidate,
    LinearRegressionCandidate,
    LogisticRegressionCandidate,
    RandomForestCandidate,
    SoftVoteCandidate,
)
from core.config.data import PreprocessingConfig
from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset
from core.errors import ConfigError
from core.evaluation.evaluation import Explanation, Weighing
from core.evaluation.explanation import MOST_COLUMNS, explain_columns, explain_texts
from core.evaluation.families import CLASSIFICATION, REGRESSION
from core.evaluation.permutation import permutation_weighing
from core.models.build import build_estimator
from core.models.table.build import build_table_estimator
from core.models.table.outputs import class_probabilities, quantities
from tests.serving import LABELS, headlines

ROWS = 400
CANDIDATES: dict[str, Any] = {
    "linear": LinearRegressionCandidate(name="c", model="linear_regression"),
    "boosting": HistGradientBoostingCandidate(
        name="c", model="hist_gradient_boosting", params={"max_iter": 20, "learning_rate": 0.3}
    ),
    "forest": RandomForestCandidate(name="c", model="random_forest", params={"n_estimators": 20}),
    "vote": SoftVoteCandidate(
        name="c", model="soft_vote", members=[{"model": "ridge"}, {"model": "linear_regression"}]
    ),
    "logistic": LogisticRegressionCandidate(name="c", model="logistic_regression"),
}


def table(labels: tuple[str, ...] = (), seed: int = 0) -> Dataset:
    """``much`` and ``plan`` matter, ``little`` hardly, ``noise`` not at all."""
    rng = np.random.default_rng(seed)
    much, little, noise = rng.normal(size=(3, ROWS))
    plan = rng.choice(["free", "paid", "gift"], size=ROWS)
    value = 5 * much + 0.5 * little + 4 * (plan == "paid") + rng.normal(0, 0.1, size=ROWS)
    columns = {"much": much, "little": little, "noise": noise, "plan": plan}
    target = (value > 1).astype(int) if labels else value
    if len(labels) > 2:
        target = np.digitize(value, [-2, 4])
    frame = pd.DataFrame(columns | {"y": target})
    kinds = ("number", "number", "number", "category")
    return Dataset(frame, tuple(columns), "y", labels, True, "", (), kinds)


@cache
def fitted(name: str, labels: tuple[str, ...]) -> Pipeline:
    train = table(labels)
    model = build_table_estimator(CANDIDATES[name], PreprocessingConfig(), train, seed=0)
    return model.fit(train.frame[list(train.inputs)], train.y)


def explained(name: str, labels: tuple[str, ...] = (), **config: Any) -> Explanation:
    model = fitted(name, labels)
    outputs = class_probabilities if labels else quantities
    family = CLASSIFICATION if labels else REGRESSION
    options = EvaluationConfig.model_validate({"explain_rows": 150} | config)
    test = table(labels, seed=1)
    return explain_columns(model, lambda rows: outputs(model, rows), test, family, options, seed=0)


def ranked(weighing: Weighing) -> list[str]:
    return [weight.name for weight in weighing.weights]


def test_shuffling_finds_the_columns_that_matter() -> None:
    (found,) = explained("forest").weighings
    assert (found.method, found.unit, found.rows) == ("permutation", "loss of r2", 150)
    assert ranked(found)[:3] == ["much", "plan", "little"]
    by_name = {weight.name: weight for weight in found.weights}
    assert by_name["much"].value > 1, "it is nearly all of the variance, twice"
    assert abs(by_name["noise"].value) < 0.01
    assert all(weight.spread > 0 for weight in found.weights if weight.name != "noise")
    assert explained("forest").weighings == (found,)


def test_shuffling_loses_what_it_must() -> None:
    """A model that is its one column loses all; independent columns make R² -1 of 1."""
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=5000), "other": 0.0})
    y = frame["x"].to_numpy()

    def predict(rows: pd.DataFrame) -> np.ndarray:
        return rows["x"].to_numpy()[:, None]

    found = permutation_weighing(predict, frame, y, REGRESSION, seed=0)
    assert [weight.value for weight in found.weights] == pytest.approx([2, 0], abs=0.05)
    constant = permutation_weighing(predict, frame, np.ones(5000), REGRESSION, seed=0)
    assert constant.unit == "loss of mae", "equal true values have no r2"


def test_a_linear_model_is_taken_apart_exactly() -> None:
    exact, shuffled = explained("linear").weighings
    assert (exact.method, exact.output, shuffled.method) == ("contributions", "", "permutation")
    weights = {weight.name: weight.value for weight in exact.weights}
    test = table(seed=1).frame["much"].to_numpy()
    assert weights["much"] == pytest.approx(5 * np.abs(test - test.mean()).mean(), rel=0.15)
    assert ranked(exact)[:2] == ["much", "plan"]
    assert explained("linear", explain="none").weighings == (exact,)
    assert explained("linear", explain="shap").weighings == (exact,), "they are Shapley values"


@pytest.mark.parametrize(
    ("labels", "shown"), [(("no", "yes"), ["yes"]), (("a", "b", "c"), ["a", "b", "c"])]
)
def test_classes_have_scores_of_their_own(labels: tuple[str, ...], shown: list[str]) -> None:
    *exact, shuffled = explained("logistic", labels).weighings
    assert [weighing.output for weighing in exact] == shown
    assert shuffled.unit == "loss of accuracy"
    assert ranked(shuffled)[0] == ranked(exact[-1])[0] == "much"


@pytest.mark.parametrize(
    ("name", "labels", "shown"),
    [
        ("boosting", (), [""]),
        ("forest", (), [""]),
        ("forest", ("a", "b", "c"), ["a", "b", "c"]),
        ("forest", ("no", "yes"), ["yes"]),
        pytest.param("vote", (), [""], marks=pytest.mark.integration),
    ],
)
def test_shapley_values_find_them_too(name: str, labels: tuple[str, ...], shown: list[str]) -> None:
    found = explained(name, labels, explain="shap").weighings
    assert [weighing.output for weighing in found] == shown
    assert all(weighing.method == "shap" for weighing in found)
    assert ranked(found[-1])[:2] == ["much", "plan"]
    if not labels:
        top = found[0].weights[0].value
        assert top == pytest.approx(5 * np.sqrt(2 / np.pi), rel=0.25), "in the target's unit"


def test_nothing_is_wanted() -> None:
    assert explained("forest", explain="none") == Explanation()


def test_very_wide_tables_say_why_they_are_not_shuffled() -> None:
    rng = np.random.default_rng(0)
    names = [f"c{number}" for number in range(MOST_COLUMNS + 1)]
    frame = pd.DataFrame(rng.normal(size=(60, len(names))), columns=names).assign(y=0.0)
    wide = Dataset(frame, tuple(names), "y", (), True, "", (), ("number",) * len(names))

    def never(rows: Any) -> np.ndarray:
        raise AssertionError("it would take hours")

    model = build_table_estimator(CANDIDATES["forest"], PreprocessingConfig(), wide, seed=0)
    model.fit(frame[names], rng.normal(size=60))
    found = explain_columns(model, never, wide, REGRESSION, EvaluationConfig(), seed=0)
    assert found.weighings == ()
    assert found.notes == ("No permutation importance: 201 columns, more than 200.",)


def test_without_the_extra_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(ConfigError, match="make setup EXTRAS=explain"):
        explained("forest", explain="shap")


def texts_model(candidate: Any) -> tuple[Pipeline, Dataset]:
    texts, y = headlines(300, seed=1)
    model = build_estimator(candidate, PreprocessingConfig(), seed=0).fit(texts, y)
    texts, y = headlines(80, seed=2)
    return model, Dataset(
        pd.DataFrame({"text": texts, "label": y}), ("text",), "label", LABELS, True, ""
    )


@pytest.mark.parametrize(
    ("explain", "method"),
    [
        ("permutation", "erasure"),
        ("none", None),
        pytest.param("shap", "shap", marks=pytest.mark.integration),
    ],
)
def test_words_of_a_text_model_that_is_not_linear(explain: Any, method: str | None) -> None:
    model, test = texts_model(CANDIDATES["forest"])
    config = EvaluationConfig(explain=explain, explain_rows=40)
    found = explain_texts(model, test, config, seed=0)
    assert found.terms == {}
    assert {weighing.method for weighing in found.weighings} == ({method} if method else set())
    words = {word for text in test.texts for word in text.lower().split()}
    for weighing in found.weighings:
        assert weighing.output in LABELS
        assert weighing.weights[0].value > 0
        assert set(ranked(weighing)) <= words | {word.strip(".,:'\"") for word in words}


def test_a_linear_text_model_has_its_terms() -> None:
    model, test = texts_model(CANDIDATES["logistic"])
    found = explain_texts(model, test, EvaluationConfig(explain="shap"), seed=0)
    assert set(found.terms) == set(LABELS)
    assert found.weighings == ()
