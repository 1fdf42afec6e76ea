import hashlib
import json
import os
import pickle
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from core.errors import GatehouseError
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_model
from core.models.scorer.spec import PickledModel, ScorerSpec
from core.models.scorer.storage import (
    ARRAYS,
    PICKLE,
    STRUCTURE,
    load_model,
    load_scorer,
    save_scorer,
    scorer_digest,
)
from tests.tables import KINDS, fit_table

VOTE = {
    "model": "soft_vote",
    "members": [
        {"model": "linear_svm", "vectorizer": [{}, {"kind": "count", "analyzer": "char"}]},
        {"model": "multinomial_nb", "weight": 0.5, "vectorizer": {"sublinear_tf": True}},
        {"model": "logistic_regression"},
    ],
}
FOREST = {"model": "random_forest", "params": {"n_estimators": 3}}


class Bomb:
    """Its pickle makes a folder when it is opened."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.fixture(scope="module")
def spec(fitted, labels):
    return export_model(fitted(VOTE, {"stopwords": True}), labels)


@pytest.fixture(scope="module")
def forest(fitted, labels):
    return export_model(fitted(FOREST, {"stopwords": True}), labels)


@pytest.fixture(scope="module", params=["exact", "estimator"])
def model(request, spec, forest):
    return spec if request.param == "exact" else forest


@pytest.fixture
def saved_model(model, tmp_path):
    save_scorer(model, tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def saved(spec, tmp_path):
    save_scorer(spec, tmp_path / "scorer")
    return tmp_path / "scorer"


def test_a_round_trip_changes_nothing(spec, saved, corpus):
    texts = corpus(4)[0][:50]
    loaded = load_scorer(saved)
    expected = ExactScorer(spec).outputs(texts)
    np.testing.assert_array_equal(loaded.outputs(texts), expected)
    assert loaded.labels == load_model(saved).labels == spec.labels
    assert load_model(saved).cleaning == spec.cleaning


def test_a_pickled_model_comes_back_as_it_was_and_scores(forest, fitted, corpus, tmp_path):
    save_scorer(forest, tmp_path)
    assert load_model(tmp_path) == forest
    texts = corpus(4)[0][:50]
    loaded = load_scorer(tmp_path, scorer_digest(tmp_path))
    expected = fitted(FOREST, {"stopwords": True}).predict_proba(texts)
    np.testing.assert_array_equal(loaded.outputs(texts), expected)
    assert loaded.labels == forest.labels


def test_a_folder_tells_what_serving_it_needs(spec, forest, tmp_path):
    for number, model in enumerate((spec, forest)):
        folder = tmp_path / str(number)
        save_scorer(model, folder)
        assert type(load_model(folder)) is type(model)
        save_scorer(replace(model, cleaning=replace(model.cleaning, lemmatize=True)), folder)
        assert load_model(folder).cleaning.lemmatize


@pytest.mark.parametrize("model", ["logistic_regression", "ridge"])
def test_a_table_model_comes_back_as_it_was(model, tmp_path):
    fitted = fit_table(model)
    save_scorer(fitted.model, tmp_path)
    assert load_model(tmp_path) == fitted.model
    loaded = load_scorer(tmp_path, scorer_digest(tmp_path))
    assert [feature.name for feature in loaded.features] == list(KINDS)
    assert (loaded.target, loaded.interval) == (fitted.model.target, fitted.model.interval)
    np.testing.assert_array_equal(loaded.outputs(fitted.rows), fitted.outputs)


def test_a_pickled_text_model_of_before_tables_is_read(forest, tmp_path):
    save_scorer(forest, tmp_path)
    structure = json.loads((tmp_path / STRUCTURE).read_text())
    for key in ("features", "target", "interval"):
        del structure[key]
    (tmp_path / STRUCTURE).write_text(json.dumps(structure))
    assert load_model(tmp_path) == forest


def test_equal_models_have_equal_bytes_and_digests(model, saved_model, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    save_scorer(model, tmp_path / "later")
    save_scorer(load_model(saved_model), tmp_path / "again")
    files = {file.name: file.read_bytes() for file in saved_model.iterdir()}
    assert files.keys() == {STRUCTURE, ARRAYS if isinstance(model, ScorerSpec) else PICKLE}
    for other in (tmp_path / "later", tmp_path / "again"):
        assert {file.name: file.read_bytes() for file in other.iterdir()} == files
        assert scorer_digest(other) == scorer_digest(saved_model)


def test_the_digest_is_what_sha256sum_gives(saved):
    listing = "".join(
        f"{hashlib.sha256((saved / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (ARRAYS, STRUCTURE)
    )
    assert scorer_digest(saved) == hashlib.sha256(listing.encode()).hexdigest()


def test_one_flipped_bit_anywhere_is_refused(model):
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_scorer(model, folder)
        digest = scorer_digest(folder)
        files = {file: file.read_bytes() for file in sorted(folder.iterdir())}

        @settings(max_examples=50, deadline=None)
        @given(st.data())
        def flip_and_load(data):
            file = data.draw(st.sampled_from(list(files)))
            bit = data.draw(st.integers(0, 8 * len(files[file]) - 1))
            content = bytearray(files[file])
            content[bit // 8] ^= 1 << bit % 8
            file.write_bytes(content)
            with pytest.raises(GatehouseError, match="SHA-256"):
                load_scorer(folder, digest)
            file.write_bytes(files[file])

        flip_and_load()
        assert load_scorer(folder, digest).labels == model.labels


def test_a_file_too_few_or_too_many_is_refused(saved_model):
    digest = scorer_digest(saved_model)
    other = saved_model / (PICKLE if (saved_model / ARRAYS).exists() else ARRAYS)
    other.write_bytes(b"")
    with pytest.raises(GatehouseError, match=f"not the released {digest}"):
        load_scorer(saved_model, digest)
    other.unlink()
    next(file for file in saved_model.iterdir() if file.name != STRUCTURE).unlink()
    with pytest.raises(GatehouseError, match=f"not the released {digest}"):
        load_scorer(saved_model, digest)


def test_no_pickle_is_opened_before_its_digest_is_checked(forest, tmp_path):
    exploded = tmp_path / "exploded"
    folder = tmp_path / "model"
    save_scorer(forest, folder)
    released = scorer_digest(folder)
    save_scorer(replace(forest, content=pickle.dumps(Bomb(exploded))), folder)

    with pytest.raises(GatehouseError, match="SHA-256"):
        load_scorer(folder, released)
    with pytest.raises(GatehouseError, match="only when its SHA-256 is given"):
        load_scorer(folder)
    assert isinstance(load_model(folder), PickledModel)
    assert not exploded.exists()

    load_scorer(folder, scorer_digest(folder))
    assert exploded.exists()  # So the pickle was live, and nothing above opened it.


def test_a_pickle_among_plain_numbers_is_not_opened(saved, tmp_path):
    (saved / PICKLE).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    load_scorer(saved)
    load_scorer(saved, scorer_digest(saved))
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("content", [b"", b"junk", pickle.dumps(len).replace(b"len", b"abc")])
def test_a_pickle_that_cannot_be_opened_is_explained(forest, tmp_path, content):
    save_scorer(replace(forest, content=content), tmp_path)
    with pytest.raises(GatehouseError, match="export the model again"):
        load_scorer(tmp_path, scorer_digest(tmp_path))


def assert_unreadable(folder):
    with pytest.raises(GatehouseError, match="export the model again") as caught:
        load_scorer(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)
    with pytest.raises(GatehouseError):
        load_model(folder)


@pytest.mark.parametrize("name", [STRUCTURE, ARRAYS])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_a_damaged_file_is_refused(saved, name, damage):
    file = saved / name
    content = file.read_bytes()
    file.unlink()
    if damage != "missing":
        file.write_bytes(
            {"empty": b"", "cut": content[: len(content) // 2]}.get(damage, os.urandom(99))
        )
    assert_unreadable(saved)


@pytest.mark.parametrize("position", [0.01, 0.3, 0.6])
def test_a_flipped_bit_among_the_arrays_is_noticed(saved, position):
    content = bytearray((saved / ARRAYS).read_bytes())
    content[int(len(content) * position)] ^= 1
    (saved / ARRAYS).write_bytes(content)
    assert_unreadable(saved)


def drop_terms(structure):
    structure["members"][0]["vectorizers"][0]["terms"].pop()


def repeat_term(structure):
    terms = structure["members"][0]["vectorizers"][0]["terms"]
    terms[0] = terms[1]


CHANGES = {
    "format": lambda structure: structure.update(format=99),
    "kind": lambda structure: structure.update(kind="onnx"),
    "other kind": lambda structure: structure.update(kind="estimator"),
    "no kind": lambda structure: structure.pop("kind"),
    "a list": lambda structure: structure.update(kind=["exact"]),
    "no labels": lambda structure: structure.pop("labels"),
    "fewer labels": lambda structure: structure["labels"].pop(),
    "no members": lambda structure: structure.update(members=[]),
    "more members": lambda structure: structure["members"].append(structure["members"][0]),
    "fewer terms": drop_terms,
    "repeated term": repeat_term,
    "head": lambda structure: structure["members"][1].update(head="forest"),
    "analyzer": lambda structure: structure["members"][1]["vectorizers"][0].update(analyzer="x"),
    "no sigmoids": lambda structure: structure["members"][1].update(head="calibrated"),
    "cleaning": lambda structure: structure["cleaning"].update(stem=True),
    "cleaning type": lambda structure: structure.update(cleaning=[]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_structure_that_does_not_fit_is_refused(saved, change):
    structure = json.loads((saved / STRUCTURE).read_text())
    change(structure)
    (saved / STRUCTURE).write_text(json.dumps(structure))
    assert_unreadable(saved)


def test_pickled_arrays_are_refused(saved):
    with np.load(saved / ARRAYS) as file:
        arrays = dict(file)
    arrays["0.intercepts"] = np.array([object()] * 4)
    np.savez(saved / ARRAYS, **arrays)
    assert_unreadable(saved)
