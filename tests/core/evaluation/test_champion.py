"""Real estimators, compared on rows that neither has seen."""

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import MultinomialNbCandidate, VectorizerConfig
from core.config.data import PreprocessingConfig
from core.config.rules import CompareConfig
from core.evaluation.champion import compare_estimators
from core.evaluation.comparison import Comparison
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


def compare(
    candidate: Pipeline, champion: Pipeline | None, champion_labels: tuple[str, ...] = LABELS
) -> Comparison:
    texts, y = headlines(300, seed=2)
    return compare_estimators(
        candidate,
        champion,
        inputs=texts,
        y=y,
        labels=LABELS,
        champion_labels=champion_labels,
        config=CompareConfig(),
        seed=0,
    )


def test_candidate_and_champion_are_not_mixed_up(good: Pipeline, poor: Pipeline) -> None:
    texts, y = headlines(300, seed=2)
    accuracies = [float(np.mean(model.predict(texts) == y)) for model in (good, poor)]
    result = compare(good, poor)
    assert [result.candidate, result.champion] == pytest.approx(accuracies)
    assert result.verdict == "better"
    assert compare(poor, good).verdict == "worse"


def test_a_model_is_not_worse_than_itself(good: Pipeline) -> None:
    result = compare(good, good)
    assert (result.verdict, result.low, result.high) == ("not_worse", 0, 0)


def test_the_first_of_its_name(good: Pipeline) -> None:
    result = compare(good, None, champion_labels=())
    assert result.verdict == "no_champion"
    assert result.champion is None


@pytest.mark.parametrize("labels", [LABELS[::-1], LABELS[:2], (*LABELS, "More")])
def test_other_labels_cannot_be_compared(good: Pipeline, labels: tuple[str, ...]) -> None:
    result = compare(good, good, champion_labels=labels)
    assert result.verdict == "incomparable"
    assert f"the production model knows {', '.join(labels)}" in result.reason
    assert "promotion.compare.incomparable=allow" in result.reason
