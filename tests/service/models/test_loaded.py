"""Which bytes become a model, and what the model answers."""

import dataclasses
import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from core.errors import ReleaseError
from core.models.golden import golden_digest, make_golden, save_golden
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER
from service.models.loaded import CACHED_CHARACTERS, LoadedModel, is_distribution, load_model
from service.release import pinned_folder
from tests.service.models.releases import loaded, publish, record
from tests.serving import LABELS, Fitted


def test_answers_are_the_estimators(bentoml_home: Path, fitted: Fitted) -> None:
    model = loaded(fitted, "1")
    expected = fitted.estimator.predict_proba(fitted.texts)
    singles = [model.predict(text) for text in fitted.texts]
    np.testing.assert_allclose(singles, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.predict_batch(fitted.texts), expected, rtol=0, atol=1e-9)
    assert (model.name, model.version, model.labels) == ("news", "1", LABELS)
    assert model.is_healthy()


def test_a_text_that_comes_again_gets_the_same_answer(bentoml_home: Path, fitted: Fitted) -> None:
    release = publish(fitted, "1")
    model = load_model(release, pinned_folder(release), cache_entries=2)
    first, second, third = fitted.texts[:3]
    answer = model.predict(first)
    assert model.predict(first) is answer
    for text in (second, third):
        model.predict(text)
    assert model.predict(first) is not answer, "only two answers are kept"
    assert model.predict(first) == answer
    long = "goal " * CACHED_CHARACTERS
    assert model.predict(long) is not model.predict(long)


@pytest.mark.parametrize("file", ["scorer/scorer.json", "scorer/arrays.npz", "golden.json"])
def test_one_altered_bit_is_refused(bentoml_home: Path, fitted: Fitted, file: str) -> None:
    release = publish(fitted, "1")
    path = pinned_folder(release) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ReleaseError, match="news:1-a can't be served"):
        load_model(release, pinned_folder(release))


@pytest.mark.parametrize("file", ["scorer/scorer.json", "scorer/arrays.npz", "golden.json"])
def test_a_missing_file_is_refused(bentoml_home: Path, fitted: Fitted, file: str) -> None:
    release = publish(fitted, "1")
    (pinned_folder(release) / file).unlink()
    with pytest.raises(ReleaseError, match="news:1-a can't be served"):
        load_model(release, pinned_folder(release))


def test_another_models_golden_answers_are_refused(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    release = publish(fitted, "1", golden_of=rival.estimator)
    with pytest.raises(ReleaseError, match="does not answer as its estimator did"):
        load_model(release, pinned_folder(release))


def test_nan_that_golden_answers_miss_fails_the_self_test(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path
) -> None:
    """One word is renamed to one of the self-test, with NaN as its weights."""
    spec = export_scorer(fitted.estimator, LABELS)
    member = spec.members[0]
    vectorizer = member.vectorizers[0]
    column = vectorizer.terms.index("striker")
    terms = tuple("orbit" if term == "striker" else term for term in vectorizer.terms)
    coefficients = member.head.coefficients.copy()
    coefficients[column] = np.nan
    member = dataclasses.replace(
        member,
        vectorizers=(dataclasses.replace(vectorizer, terms=terms),),
        head=dataclasses.replace(member.head, coefficients=coefficients),
    )
    save_scorer(dataclasses.replace(spec, members=(member,)), tmp_path / "scorer")

    release = publish(fitted, "1", scorer=tmp_path / "scorer")
    golden = pinned_folder(release) / GOLDEN_FILE
    scorer = load_scorer(tmp_path / "scorer")
    asked = ["shares merger", "treaty"]
    save_golden(make_golden(fitted.estimator.predict_proba(asked), scorer, asked), golden)
    release = release.model_copy(update={"golden_sha256": golden_digest(golden)})
    assert scorer_digest(pinned_folder(release) / SCORER_FOLDER) == release.scorer_sha256
    with pytest.raises(ReleaseError, match="self-test"):
        load_model(release, pinned_folder(release))


def test_a_model_goes_when_nobody_uses_it(bentoml_home: Path, fitted: Fitted) -> None:
    release = publish(fitted, "1")
    model = load_model(release, pinned_folder(release), cache_entries=10)
    model.predict("goal")
    scorer = weakref.ref(model._scorer)
    gc.disable()
    try:
        del model
        assert scorer() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.2, 0.8], True),
        ([0.2, 0.7], False),
        ([-0.2, 1.2], False),
        ([0.5, float("nan")], False),
        ([float("nan"), 0.5], False),
        ([float("inf"), 0.5], False),
    ],
)
def test_a_distribution(probabilities: list[float], expected: bool) -> None:
    assert is_distribution(probabilities) is expected


def test_a_model_whose_self_test_raises_is_not_healthy(
    fitted: Fitted, caplog: pytest.LogCaptureFixture
) -> None:
    class Raising(ExactScorer):
        def outputs_one(self, text: str) -> np.ndarray:
            raise MemoryError("no room")

    model = LoadedModel(record("1"), Raising(fitted.model))
    assert not model.is_healthy()
    assert "fails its self-test" in caplog.text
