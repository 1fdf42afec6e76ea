import dataclasses

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate, MultinomialNbCandidate, RidgeCandidate
from core.config.data import (
    DataConfig,
    EmbeddedSource,
    PreprocessingConfig,
    SklearnSource,
    SplitShares,
)
from core.data.dataset import Dataset
from core.errors import DataError
from core.tasks import get_task
from core.tasks.training import CandidateResult, fit_candidate

TASK = get_task("text_classification")
REGRESSION = get_task("regression")
WORDS = MultinomialNbCandidate(name="nb", model="multinomial_nb")
LINE = RidgeCandidate(name="line", model="ridge")
Splits = dict[str, Dataset]


@pytest.fixture(scope="module")
def splits() -> Splits:
    config = DataConfig(source=EmbeddedSource(kind="embedded", rows=400))
    return TASK.split(TASK.load(config, 1), SplitShares(), 1, drop_duplicates=True)


@pytest.fixture(scope="module")
def patients() -> Splits:
    config = DataConfig(source=SklearnSource(kind="sklearn", name="diabetes"), label="target")
    return REGRESSION.split(REGRESSION.load(config, 1), SplitShares(), 1, drop_duplicates=True)


def fitted(name: str, candidate: Candidate, splits: Splits) -> tuple[Pipeline, CandidateResult]:
    both = splits["train"], splits["validation"]
    return fit_candidate(get_task(name), candidate, PreprocessingConfig(), *both, 0.9, 1)


def test_a_candidate_is_measured_on_the_validation_split(splits: Splits) -> None:
    estimator, result = fitted("text_classification", WORDS, splits)
    held_out = splits["validation"]
    predicted = estimator.predict(TASK.inputs(held_out))
    assert result.metrics["accuracy"] == pytest.approx(accuracy_score(held_out.y, predicted))
    assert result.metrics["accuracy"] > 0.6
    confusion = np.array(result.confusion)
    assert confusion.sum() == len(held_out)
    assert np.trace(confusion) / len(held_out) == pytest.approx(result.metrics["accuracy"])
    for label in held_out.labels:
        assert label in result.report


def test_a_quantity_is_measured_and_calibrated_on_the_validation_split(patients: Splits) -> None:
    estimator, result = fitted("regression", LINE, patients)
    held_out = patients["validation"]
    outputs = REGRESSION.predict(estimator, REGRESSION.inputs(held_out))
    assert outputs.shape == (len(held_out), 1)
    assert result.metrics["r2"] == pytest.approx(r2_score(held_out.y, outputs[:, 0]))
    assert result.metrics["r2"] > 0.2
    assert result.confusion == []
    width = estimator.steps[-1][1].interval_.half_width
    assert np.mean(np.abs(held_out.y - outputs[:, 0]) <= width) >= 0.9


def test_texts_without_a_word_cannot_be_fitted(splits: Splits) -> None:
    frame = splits["train"].frame.assign(text="!")
    empty = splits | {"train": dataclasses.replace(splits["train"], frame=frame, fingerprint="e")}
    with pytest.raises(DataError, match="no training text has a term left"):
        fitted("text_classification", WORDS, empty)
