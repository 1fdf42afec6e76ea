import json
import os
import time

import numpy as np
import pytest

from core.errors import GatehouseError
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_scorer
from core.models.scorer.storage import ARRAYS, STRUCTURE, load_scorer, save_scorer, scorer_digest

VOTE = {
    "model": "soft_vote",
    "members": [
        {"model": "linear_svm", "vectorizer": [{}, {"kind": "count", "analyzer": "char"}]},
        {"model": "multinomial_nb", "weight": 0.5, "vectorizer": {"sublinear_tf": True}},
        {"model": "logistic_regression"},
    ],
}


@pytest.fixture(scope="module")
def spec(fitted, labels):
    return export_scorer(fitted(VOTE, {"stopwords": True}), labels)


@pytest.fixture
def saved(spec, tmp_path):
    save_scorer(spec, tmp_path / "scorer")
    return tmp_path / "scorer"


def test_a_round_trip_changes_nothing(spec, saved, corpus):
    texts = corpus(4)[0][:50]
    loaded = load_scorer(saved)
    expected = ExactScorer(spec).predict_proba(texts)
    np.testing.assert_array_equal(loaded.predict_proba(texts), expected)
    assert loaded.labels == spec.labels
    assert loaded.spec.cleaning == spec.cleaning


def test_equal_scorers_have_equal_bytes_and_digests(spec, saved, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    save_scorer(spec, tmp_path / "later")
    save_scorer(load_scorer(saved).spec, tmp_path / "again")
    for other in (tmp_path / "later", tmp_path / "again"):
        for name in (STRUCTURE, ARRAYS):
            assert (other / name).read_bytes() == (saved / name).read_bytes()
        assert scorer_digest(other) == scorer_digest(saved)


@pytest.mark.parametrize("name", [STRUCTURE, ARRAYS])
def test_the_digest_covers_both_files(saved, name):
    before = scorer_digest(saved)
    (saved / name).write_bytes((saved / name).read_bytes() + b" ")
    assert scorer_digest(saved) != before
    assert len(before) == 64


def assert_unreadable(folder):
    with pytest.raises(GatehouseError, match="export the model again") as caught:
        load_scorer(folder)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


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
