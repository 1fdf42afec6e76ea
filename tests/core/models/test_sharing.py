"""Shared work gives what plain work gives: the same predictions and the same bytes."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.feature_extraction.text import TfidfVectorizer as PlainTfidf
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.models import sharing as module
from core.models.build import build_estimator, fit_estimator
from core.models.sharing import Shared, Store, forget, limit_to, map_texts, sharing, size_of
from core.models.table.build import build_table_estimator
from core.models.vectorizers import CountVectorizer, TfidfVectorizer

PAIRS = {"ngram_range": [1, 2], "min_df": 2, "max_df": 0.9, "sublinear_tf": True}
FEW = {"max_features": 30}
CHARS = {"analyzer": "char_wb", "ngram_range": [1, 3]}
SVM = {"model": "linear_svm", "params": {"calibration_folds": 2}}
TEXT_MODELS: dict[str, dict[str, Any]] = {
    "lr": {"model": "logistic_regression"},
    "pairs": {"model": "logistic_regression", "vectorizer": PAIRS},
    "chars": {"model": "logistic_regression", "vectorizer": CHARS},
    "counts": {"model": "multinomial_nb", "vectorizer": {"kind": "count"}},
    "cnb": {"model": "complement_nb", "vectorizer": FEW},
    "several": {"model": "linear_svm", "vectorizer": [PAIRS, CHARS, FEW, FEW], **SVM},
    "svm": SVM,
    "forest": {"model": "random_forest", "params": {"n_estimators": 4}},
    "vote": {
        "model": "soft_vote",
        "members": [SVM | {"vectorizer": FEW}, {"model": "multinomial_nb", "vectorizer": FEW}, SVM],
    },
    "stack": {
        "model": "stacking",
        "folds": 2,
        "members": [{"model": "multinomial_nb"}, {"model": "complement_nb"}],
    },
}
TABLE_MODELS: dict[str, dict[str, Any]] = {
    "lr": {"model": "logistic_regression"},
    "trees": {"model": "hist_gradient_boosting", "params": {"max_iter": 3}},
    "vote": {"model": "soft_vote", "members": [{"model": "logistic_regression"}] * 2},
}


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    generator = np.random.default_rng(4)
    words = ["alpha", "beta", "gamma", "épsilon", "ζeta", "one", "\ud800x", "<b>bold</b>", "a"]
    made = [" ".join(generator.choice(words, 6)) for _ in range(90)]
    # One whose only token is the text itself, repeated, empty, and longer than others.
    return [*made, "word", "word", "é", "", made[0], "beta " * 30]


@pytest.fixture(scope="module")
def table() -> Dataset:
    generator = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "size": generator.normal(size=80),
            "kind": generator.choice(["a", "b", "c"], 80).astype(object),
            "label": np.arange(80) % 2,
        }
    )
    frame.loc[3, "size"] = np.nan
    return Dataset(
        frame,
        inputs=("size", "kind"),
        label="label",
        labels=("no", "yes"),
        encoded=True,
        fingerprint="f",
        kinds=("number", "category"),
    )


def candidate(values: dict[str, Any]) -> Candidate:
    found: Candidate = TypeAdapter(Candidate).validate_python({"name": "c", **values})
    return found


def text_model(values: dict[str, Any]) -> Pipeline:
    return build_estimator(candidate(values), PreprocessingConfig(), 5)


def fitted(unfitted: Pipeline, inputs: Any, asked: Any) -> tuple[bytes, np.ndarray]:
    y = np.arange(len(inputs)) % 2
    estimator = fit_estimator(unfitted, inputs, y)
    return pickle.dumps(estimator, protocol=5), estimator.predict_proba(asked)


def same(one: tuple[bytes, np.ndarray], other: tuple[bytes, np.ndarray]) -> bool:
    return one[0] == other[0] and np.array_equal(one[1], other[1])


def test_every_text_model_has_the_same_bytes_and_answers(texts: list[str]) -> None:
    halves = texts[::2], texts[1::2]
    asked = [*texts[:20], "an unseen omega", ""]
    cases = [(name, half) for name in TEXT_MODELS for half in halves]

    def fit_all() -> list[tuple[bytes, np.ndarray]]:
        return [fitted(text_model(TEXT_MODELS[name]), half, asked) for name, half in cases]

    plain = fit_all()
    with sharing() as store:
        first = fit_all()
        assert store.bytes > 0
        again = fit_all()
    for case, expected, *found in zip(cases, plain, first, again, strict=True):
        assert all(same(expected, one) for one in found), case[0]


def test_every_table_model_has_the_same_bytes_and_answers(table: Dataset) -> None:
    inputs = table.frame[["size", "kind"]]
    rows = inputs.iloc[:7].to_dict("records")

    def fit_all() -> list[tuple[bytes, np.ndarray]]:
        return [
            fitted(
                build_table_estimator(candidate(values), PreprocessingConfig(), table, 5),
                inputs,
                inputs.iloc[::-1],
            )
            for values in TABLE_MODELS.values()
        ]

    plain = fit_all()
    with sharing():
        assert all(map(same, plain, fit_all()))
        assert all(map(same, plain, fit_all()))
        estimator = pickle.loads(plain[0][0])
        assert estimator.predict_proba(rows).shape == (7, 2)


def test_the_work_is_done_once(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    analysed: list[str] = []
    plain = PlainTfidf.build_analyzer

    def counting(self: Any) -> Callable[[str], Any]:
        analyze = plain(self)
        return lambda text: analysed.append(text) or analyze(text)

    monkeypatch.setattr(PlainTfidf, "build_analyzer", counting)
    with sharing():
        for values in ({}, {"min_df": 2}, {"sublinear_tf": True}, {"max_features": 9}):
            text_model({"model": "multinomial_nb", "vectorizer": values}).fit(
                texts[::2], np.arange(len(texts[::2])) % 2
            )
        assert len(analysed) == len(set(analysed))
        count = len(analysed)
        TfidfVectorizer(lowercase=False, ngram_range=(1, 2)).fit(analysed[:5])
        assert len(analysed) == count + 5


def test_an_encoded_matrix_is_shared_by_models(table: Dataset) -> None:
    inputs, y = table.frame[["size", "kind"]], np.arange(80) % 2
    matrices = []
    with sharing():
        for c in (1.0, 2.0):
            values = {"model": "logistic_regression", "params": {"C": c}}
            made = build_table_estimator(candidate(values), PreprocessingConfig(), table, 5)
            matrices.append(made[0].fit_transform(inputs, y))
    assert matrices[0] is matrices[1]


def test_other_rows_and_other_settings_are_never_mixed_up(texts: list[str]) -> None:
    with sharing():
        for rows in (texts[:40], texts[1:41], texts[:40][::-1], [*texts[:39], "new"]):
            for settings in ({}, {"min_df": 2}, {"sublinear_tf": True}):
                shared = TfidfVectorizer(lowercase=False, **settings)
                plain = PlainTfidf(lowercase=False, **settings)
                found, expected = shared.fit_transform(rows), plain.fit_transform(rows)
                assert shared.vocabulary_ == plain.vocabulary_
                assert (found != expected).nnz == 0
                assert np.array_equal(found.indices, expected.indices)


def test_a_fitted_transformer_that_is_fitted_again_forgets(texts: list[str]) -> None:
    with sharing():
        vectorizer = CountVectorizer(lowercase=False)
        vectorizer.fit(texts[:30])
        before = vectorizer.transform(texts[:5])
        vectorizer.fit(["quite other words"])
        after = vectorizer.transform(texts[:5])
    assert before.nnz > 0
    assert after.shape == (5, 3)
    assert after.nnz == 0


def test_results_are_not_changed_by_those_who_share_them(texts: list[str]) -> None:
    with sharing():
        vectorizer = TfidfVectorizer(lowercase=False)
        matrix = vectorizer.fit_transform(texts)
        before = matrix.copy()
        for values in TEXT_MODELS.values():
            fitted(text_model(values), texts, texts)
    assert (matrix != before).nnz == 0
    assert matrix.indices.tolist() == before.indices.tolist()


def test_texts_without_a_term_are_refused_as_before() -> None:
    with sharing(), pytest.raises(ValueError, match="empty vocabulary"):
        TfidfVectorizer().fit(["", "!"])


def test_nothing_is_kept_outside(texts: list[str]) -> None:
    TfidfVectorizer().fit_transform(texts)
    assert module.active_store() is None
    with sharing() as store:
        assert store.bytes == 0


def test_the_store_drops_what_was_not_used_for_longest() -> None:
    store = Store(most_bytes=100)
    for name in "abc":
        store.put(name, np.zeros(40, np.int8))
    assert store.get("a") is None
    assert store.get("b") is not None
    store.put("d", np.zeros(30, np.int8))
    assert store.get("c") is None
    assert store.get("b") is not None
    assert store.bytes == 70
    store.put("huge", np.zeros(500, np.int8))
    assert (store.get("huge"), store.bytes) == (None, 70)
    store.put("b", np.zeros(500, np.int8))
    assert (store.get("b"), store.bytes) == (None, 30)


def test_a_store_without_room_still_gives_the_right_results(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = fitted(text_model(SVM), texts, texts)
    monkeypatch.setattr(module, "_store", Store(most_bytes=0))
    with sharing() as store:
        assert same(plain, fitted(text_model(SVM), texts, texts))
        assert store.bytes == 0


def test_mapped_texts_are_mapped_once_each() -> None:
    seen: list[str] = []

    def upper(text: str) -> str:
        seen.append(text)
        return text.upper()

    with sharing():
        assert map_texts("upper", upper, ["a", "b", "a"]) == ["A", "B", "A"]
        assert map_texts("upper", upper, iter(["b", "c"])) == ["B", "C"]
        assert map_texts("same", lambda text: text, ["a"]) == ["a"]
    assert seen == ["a", "b", "c"]
    assert map_texts("upper", str.lower, ["A"]) == ["a"]


def test_sizes_of_what_is_kept() -> None:
    matrix = TfidfVectorizer().fit_transform(["one two", "two three"])
    parts = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert size_of((matrix, np.zeros(3))) == parts + 24
    assert size_of(["text"] * 9) > 0


def test_a_shared_transformer_pickles_without_its_key(texts: list[str]) -> None:
    with sharing():
        vectorizer = TfidfVectorizer().fit(texts)
        assert isinstance(vectorizer, Shared)
        assert b"_fit_key" not in pickle.dumps(vectorizer)


def test_one_of_several_processes_keeps_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_store", Store())
    limit_to(1 / 4)
    with sharing() as store:
        assert store.most_bytes == module.MOST_BYTES // 4
