"""Real estimators, compared on rows that neither was fitted on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import MultinomialNbCandidate, VectorizerConfig
from core.config.data import PreprocessingConfig
from core.config.rules import CompareConfig
from core.evaluation.champion import Held, Opponent, compare_estimators
from core.evaluation.comparison import Comparison
from core.evaluation.families import CLASSIFICATION, REGRESSION
from core.evaluation.slices import text_length_slices
from core.models.build import build_estimator
from tests.serving import LABELS, headlines


def estimator(features: int | None = None) -> Pipeline:
    candidate = MultinomialNbCandidate(
        name="nb", model="multinomial_nb", vectorizer=VectorizerConfig(max_features=features)
    )
    texts, y = headlines(400, seed=1)
    return build_estimator(candidate, PreprocessingConfig(), seed=0).fit(texts, y)


@pytest.fixture(scope="module")
def good() -> Pipeline:
    return estimator()


@pytest.fixture(scope="module")
def poor() -> Pipeline:
    return estimator(features=2)


def first(rows: int) -> np.ndarray:
    return np.arange(300) < rows


def opponent(estimator: Any, **changes: Any) -> Opponent:
    known: dict[str, Any] = {
        "labels": LABELS, "columns": ("text",), "seen": first(0), "target": "desk"
    }  # fmt: skip
    return Opponent(estimator=estimator, **known | changes)


def predict(model: Any, inputs: Any) -> np.ndarray:
    return model.predict_proba(inputs)


def compare(candidate: Pipeline, champion: Opponent | None) -> Comparison:
    texts, y = headlines(300, seed=2)
    held = Held(texts, np.array(y), LABELS, ("text",), text_length_slices(texts), "desk")
    return compare_estimators(
        predict, CLASSIFICATION, candidate, champion, held, CompareConfig(), (), seed=0
    )


def test_candidate_and_champion_are_not_mixed_up(good: Pipeline, poor: Pipeline) -> None:
    texts, y = headlines(300, seed=2)
    accuracies = [float(np.mean(model.predict(texts) == y)) for model in (good, poor)]
    result = compare(good, opponent(poor))
    assert [result.candidate, result.champion] == pytest.approx(accuracies)
    assert result.verdict == "better"
    assert compare(poor, opponent(good)).verdict == "worse"
    assert {part.kind for part in result.slices} == {"class", "length"}
    assert (result.rows, result.left_out) == (300, 0)
    assert "left out" not in result.reason


def test_what_the_champion_was_fitted_on_is_left_out(good: Pipeline, poor: Pipeline) -> None:
    texts, y = headlines(300, seed=2)
    result = compare(good, opponent(poor, seen=first(200)))
    own = [float(np.mean(model.predict(texts[200:]) == y[200:])) for model in (good, poor)]
    assert [result.candidate, result.champion] == pytest.approx(own)
    assert (result.rows, result.left_out) == (100, 200)
    assert result.reason.endswith("; 200 of 300 test rows left out: production was trained on them")
    assert sum(part.rows for part in result.slices if part.kind == "class") == 100
    lengths = [part for part in result.slices if part.kind == "length"]
    assert sum(part.rows for part in lengths) == 100
    every = compare(good, opponent(poor))
    assert {part.name for part in result.slices} <= {part.name for part in every.slices}


def test_a_model_that_knows_the_rows_by_heart_wins_nothing(good: Pipeline) -> None:
    """The champion is right on its own rows and as good as the candidate on others."""
    texts, y = headlines(300, seed=2)
    proba = good.predict_proba(texts)
    known = first(150)
    sure = np.where(known[:, None], np.eye(len(LABELS))[np.array(y)], proba)
    answers = dict(zip(texts, sure, strict=True))
    result = compare(good, opponent(Memory(answers), seen=known))
    assert (result.verdict, result.difference, result.rows) == ("not_worse", 0, 150)


@pytest.mark.parametrize("left", [0, 29])
def test_too_few_new_rows_cannot_be_compared(good: Pipeline, left: int) -> None:
    result = compare(good, opponent(good, seen=first(300 - left)))
    assert (result.verdict, result.left_out) == ("incomparable", None)
    assert result.reason == (
        f"{left} of 300 test rows are new to the production model, fewer than 30; train with its "
        "seed and data, or add rows; set promotion.compare.incomparable=allow to replace it"
    )
    assert compare(good, opponent(good, seen=first(270))).verdict == "not_worse"


def test_unknown_training_rows_are_said_to_be_so(good: Pipeline) -> None:
    result = compare(good, opponent(good, seen="its rows are lost"))
    assert (result.verdict, result.rows, result.left_out) == ("not_worse", 300, None)
    assert result.reason.endswith("; its rows are lost, so it may know some of these rows")


def test_a_model_is_not_worse_than_itself(good: Pipeline) -> None:
    result = compare(good, opponent(good))
    assert (result.verdict, result.low, result.high) == ("not_worse", 0, 0)


def test_the_first_of_its_name(good: Pipeline) -> None:
    result = compare(good, None)
    assert result.verdict == "no_champion"
    assert result.champion is None


@pytest.mark.parametrize("labels", [LABELS[::-1], LABELS[:2], (*LABELS, "More")])
def test_other_labels_cannot_be_compared(good: Pipeline, labels: tuple[str, ...]) -> None:
    result = compare(good, opponent(good, labels=labels))
    assert result.verdict == "incomparable"
    assert f"the production model has the labels {', '.join(labels)}, this one" in result.reason
    assert "promotion.compare.incomparable=allow" in result.reason


def test_other_columns_cannot_be_compared(good: Pipeline) -> None:
    result = compare(good, opponent(good, columns=("title",)))
    assert result.verdict == "incomparable"
    assert "the production model has the columns title, this one text" in result.reason


def test_another_target_cannot_be_compared(good: Pipeline) -> None:
    result = compare(good, opponent(good, target="author"))
    assert result.verdict == "incomparable"
    assert "the production model has the target author, this one desk" in result.reason


def test_a_lost_model_cannot_be_compared(good: Pipeline) -> None:
    result = compare(good, opponent("its files are lost"))
    assert result.verdict == "incomparable"
    assert result.reason.startswith("its files are lost; set promotion.compare")


class Memory:
    """An estimator that knows its rows by heart."""

    def __init__(self, answers: dict[str, np.ndarray]) -> None:
        self.answers = answers

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([self.answers[text] for text in texts])


class Broken:
    """An estimator that another version of the code pickled."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def predict_proba(self, texts: Sequence[str]) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (AttributeError("no attribute\n 'idf'"), "(AttributeError: no attribute 'idf')"),
        (ValueError("bad shape"), "fails on these rows (ValueError: bad shape)"),
        (np.full((300, 3), np.nan), "gives no probabilities"),
        (np.full((300, 2), 0.5), "gives no probabilities"),
        (np.full((299, 3), 0.25), "gives no probabilities"),
    ],
)
def test_a_champion_that_fails_on_these_rows_cannot_be_compared(
    good: Pipeline, answer: Any, words: str
) -> None:
    result = compare(good, opponent(Broken(answer)))
    assert result.verdict == "incomparable"
    assert words in result.reason
    assert "promotion.compare.incomparable=allow" in result.reason


def test_what_the_models_are_not_to_blame_for_is_not_caught(good: Pipeline) -> None:
    with pytest.raises(MemoryError):
        compare(good, opponent(Broken(MemoryError())))


class Line:
    """Predicts a column, times a factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.factor * frame["x"].to_numpy()[:, None]


def line_against(champion: float, **changes: Any) -> Comparison:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(100, 20, size=300)}, index=range(7, 307))
    y = frame["x"].to_numpy() + rng.normal(0, 5, size=300)
    known: dict[str, Any] = {
        "labels": (), "columns": ("x",), "seen": first(100), "target": "y", "kinds": ("number",)
    }  # fmt: skip
    return compare_estimators(
        lambda model, inputs: model.predict(inputs),
        REGRESSION,
        Line(1.0),
        Opponent(Line(champion), **known | changes),
        Held(frame, y, (), ("x",), (), "y", ("number",)),
        CompareConfig(metric="mae", margin=0.1),
        (),
        seed=0,
    )


def test_a_frame_of_quantities_is_compared_on_new_rows() -> None:
    result = line_against(1.2)
    assert (result.verdict, result.rows, result.left_out) == ("better", 200, 100)
    assert (result.mcnemar, result.slices) == (None, ())
    assert result.champion == pytest.approx(20, abs=1)
    assert result.candidate == pytest.approx(4, abs=0.5)
    assert set(result.differences) == {"r2", "rmse", "mae", "mape"}


def test_the_margin_of_a_metric_with_a_unit_is_a_share() -> None:
    same = line_against(1.0)
    assert same.champion is not None
    assert (same.verdict, same.margin) == ("not_worse", pytest.approx(0.1 * same.champion))
    assert same.reason.startswith("mae +0 on the same rows, smaller is better; [+0, +0] lies below")
    assert "the margin (0.1 of production's)" in same.reason


def test_quantities_must_be_finite_and_of_the_same_target() -> None:
    assert "gives no finite numbers" in line_against(float("nan")).reason
    assert line_against(1.0, target="z").verdict == "incomparable"
    assert "the labels a, b, this one none" in line_against(1.0, labels=("a", "b")).reason


@pytest.mark.parametrize(("known", "verdict"), [("category", "incomparable"), ("number", "better")])
def test_a_column_of_another_kind_is_another_question(known: str, verdict: str) -> None:
    result = line_against(1.2, kinds=(known,))
    assert result.verdict == verdict
    said = "production takes the column x as a category, this model as a number; set promotion."
    assert result.reason.startswith(said) == (verdict == "incomparable")


def test_unknown_kinds_are_taken_to_be_the_same() -> None:
    assert line_against(1.2, kinds=None).verdict == "better"
