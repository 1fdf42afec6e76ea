import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core.errors import GatehouseError
from core.models.golden import (
    TEXTS,
    Golden,
    golden_digest,
    golden_texts,
    load_golden,
    make_golden,
    replay,
    replay_exactly,
    save_golden,
)
from core.models.scorer.estimator import EstimatorScorer
from core.models.scorer.exact import ExactScorer
from core.models.scorer.export import export_model, export_scorer, vocabulary
from core.models.scorer.spec import ScorerSpec
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from tests.tables import fit_table

MODEL = {"model": "logistic_regression", "vectorizer": {"ngram_range": [1, 2]}}
RIDGE = fit_table("ridge")
FOREST = {"model": "random_forest", "params": {"n_estimators": 3}}


def served(model):
    return ExactScorer(model) if isinstance(model, ScorerSpec) else EstimatorScorer(model)


def golden_of(estimator, labels):
    asked = golden_texts(vocabulary(estimator), seed=1)
    scorer = served(export_model(estimator, labels))
    return make_golden(estimator.predict_proba(asked), scorer, asked)


@pytest.fixture(scope="module")
def golden(fitted, labels):
    return golden_of(fitted(MODEL), labels)


@pytest.fixture(scope="module")
def spec(fitted, labels):
    return export_scorer(fitted(MODEL), labels)


def with_head(spec, **changes):
    member = spec.members[0]
    return ExactScorer(
        replace(spec, members=(replace(member, head=replace(member.head, **changes)),))
    )


def test_the_texts_are_seeded_sentences_of_the_terms_and_hostile_ones(corpus):
    terms = [f"term{number}" for number in range(50)]
    texts = golden_texts(terms, seed=1)
    assert texts == golden_texts(terms, seed=1)
    assert texts != golden_texts(terms, seed=2)
    sentences = [text for text in texts if set(text.split()) <= set(terms) and text.strip()]
    assert all(3 <= len(text.split()) <= 40 for text in sentences)
    assert (len(texts), len(set(texts))) == (TEXTS, TEXTS)
    assert TEXTS / 2 < len(sentences) < TEXTS
    assert json.loads(json.dumps(texts).encode()) == texts
    assert all(text.encode() for text in texts if text)


def test_no_training_text_travels(fitted, corpus):
    texts = golden_texts(vocabulary(fitted(MODEL)), seed=1)
    assert not [text for text in texts for row in corpus(4)[0] if row in text]


@pytest.mark.parametrize("candidate", [MODEL, FOREST, {"model": "linear_svm"}])
def test_what_was_exported_gives_the_golden_answers(fitted, labels, candidate):
    scorer = served(export_model(fitted(candidate), labels))
    golden = golden_of(fitted(candidate), labels)
    assert replay(golden, scorer) is None
    assert len(set(np.argmax(golden.outputs, axis=1))) > 1


@pytest.mark.parametrize("candidate", [MODEL, FOREST, {"model": "linear_svm"}])
def test_what_was_stored_gives_its_own_answers_bit_for_bit(fitted, labels, candidate, tmp_path):
    save_scorer(export_model(fitted(candidate), labels), tmp_path / "scorer")
    save_golden(golden_of(fitted(candidate), labels), tmp_path / "golden.json")
    scorer = load_scorer(tmp_path / "scorer", scorer_digest(tmp_path / "scorer"))
    assert replay_exactly(load_golden(tmp_path / "golden.json"), scorer) is None


def test_the_last_bit_of_one_answer_is_noticed(golden, spec):
    answers = [list(row) for row in golden.served]
    answers[5][1] = np.nextafter(answers[5][1], 1)
    changed = golden.model_copy(update={"served": tuple(map(tuple, answers))})
    found = replay_exactly(changed, ExactScorer(spec))
    assert found is not None
    assert found.startswith(f"1 of {TEXTS} inputs have other answers")
    assert replay(changed, ExactScorer(spec)) is None


def test_another_model_does_not_give_the_same_answers(golden, spec):
    coefficients = np.nextafter(spec.members[0].head.coefficients, 1)
    other = with_head(spec, coefficients=coefficients)
    assert replay(golden, other) is None
    assert "inputs have other answers than at the release, by up to" in replay_exactly(
        golden, other
    )


def test_other_labels_and_shapes_are_no_exact_replay(golden, spec, labels):
    class Short:
        labels = golden.labels
        features = ()

        def outputs_one(self, item):
            return np.array([1.0, 0.0, 0.0])

    swapped = (labels[1], labels[0], *labels[2:])
    assert "labels are" in replay_exactly(golden, ExactScorer(replace(spec, labels=swapped)))
    assert "shape" in replay_exactly(golden, Short())


def test_a_changed_coefficient_is_noticed(golden, spec):
    known = spec.members[0].vectorizers[0].terms.index("the")
    coefficients = spec.members[0].head.coefficients.copy()
    coefficients[known, 2] += 1e-6
    found = replay(golden, with_head(spec, coefficients=coefficients))
    assert found is not None
    assert "differ by up to" in found
    assert "\n" not in found


def test_the_first_text_that_differs_is_named(golden, spec):
    answers = list(golden.outputs)
    answers[7] = answers[7][::-1]
    wrong = golden.model_copy(update={"outputs": tuple(answers)})
    found = replay(wrong, ExactScorer(spec))
    assert found is not None
    assert found.startswith(f"input 8 {golden.inputs[7][:40]!r}")


def test_swapped_labels_are_noticed(golden, spec, labels):
    swapped = (labels[1], labels[0], *labels[2:])
    assert "labels are" in replay(golden, ExactScorer(replace(spec, labels=swapped)))
    assert replay(golden.model_copy(update={"labels": swapped}), ExactScorer(spec))


def test_swapped_columns_are_noticed(golden, spec):
    head = spec.members[0].head
    order = [1, 0, 2, 3]
    swapped = with_head(
        spec,
        coefficients=np.ascontiguousarray(head.coefficients[:, order]),
        intercepts=head.intercepts[order],
    )
    assert replay(golden, swapped) is not None


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_is_noticed(golden, spec, value):
    intercepts = spec.members[0].head.intercepts.copy()
    intercepts[3] = value
    found = replay(golden, with_head(spec, intercepts=intercepts))
    assert found is not None
    assert "nan" in found


def test_another_top_label_within_the_tolerance_is_noticed(golden, spec):
    answers = ((0.5, 0.5, 0.0, 0.0),)
    tied = Golden(labels=golden.labels, inputs=("a",), outputs=answers, served=answers)

    class Other:
        labels = golden.labels
        features = ()

        def outputs(self, inputs):
            return np.array([[0.5 - 1e-12, 0.5 + 1e-12, 0.0, 0.0]])

    assert f"is {golden.labels[1]}, not {golden.labels[0]}" in replay(tied, Other())


def test_answers_of_another_shape_are_noticed(golden, spec):
    class Short:
        labels = golden.labels
        features = ()

        def outputs(self, inputs):
            return np.array([[1.0, 0.0, 0.0, 0.0]])

    assert "shape" in replay(golden, Short())


def test_an_estimator_without_probabilities_has_no_golden_answers(spec):
    with pytest.raises(GatehouseError, match="no golden answers") as caught:
        make_golden(np.full((1, 4), np.nan), ExactScorer(spec), ["a"])
    assert "\n" not in str(caught.value)


@given(
    st.lists(st.tuples(st.text(), st.floats(0, 1)), min_size=1),
    st.lists(st.text(), min_size=2, max_size=2),
)
def test_a_round_trip_changes_no_bit(tmp_path_factory, rows, labels):
    golden = Golden(
        labels=tuple(labels),
        inputs=tuple(text for text, _ in rows),
        outputs=tuple((p, 1 - p) for _, p in rows),
        served=tuple((1 - p, p) for _, p in rows),
    )
    folder = tmp_path_factory.mktemp("golden")
    save_golden(golden, folder / "1")
    loaded = load_golden(folder / "1")
    assert loaded == golden
    save_golden(loaded, folder / "2")
    assert (folder / "1").read_bytes() == (folder / "2").read_bytes()
    assert golden_digest(folder / "1") == golden_digest(folder / "2")


def test_the_digest_is_of_the_bytes(golden, tmp_path):
    path = tmp_path / "golden.json"
    save_golden(golden, path)
    before = golden_digest(path)
    path.write_bytes(path.read_bytes() + b" ")
    assert golden_digest(path) != before
    assert len(before) == 64


ANSWER = {
    "format": 3,
    "labels": ["a", "b"],
    "inputs": ["x", "y"],
    "outputs": [[0.25, 0.75], [1.0, 0.0]],
    "served": [[0.25, 0.75], [1.0, 0.0]],
    "tolerance": 1e-9,
}
DAMAGE = {
    "format": {"format": 2},
    "unknown key": {"more": 1},
    "one label": {"labels": ["a"]},
    "labels": {"labels": ["a", "b", "c"]},
    "rows and texts": {"inputs": ["x", {"age": 1.0}]},
    "list in a row": {"inputs": [{"age": [1.0]}, {"age": 2.0}]},
    "no inputs": {"inputs": [], "outputs": []},
    "fewer answers": {"outputs": [[0.25, 0.75]]},
    "fewer of the scorer's": {"served": [[0.25, 0.75]]},
    "no distribution of the scorer's": {"served": [[0.25, 0.75], [1.0, 1.0]]},
    "number as text": {"outputs": [["0.25", 0.75], [1.0, 0.0]]},
    "number as text of an input": {"inputs": ["x", 1]},
    "no distribution": {"outputs": [[0.25, 0.75], [1.0, 1.0]]},
    "negative": {"outputs": [[0.25, 0.75], [1.5, -0.5]]},
    "nan": {"outputs": [[0.25, 0.75], [float("nan"), 0.0]]},
    "infinity": {"tolerance": float("inf")},
    "tolerance": {"tolerance": 0.5},
}


def assert_unreadable(path):
    with pytest.raises(GatehouseError, match="release the model again") as caught:
        load_golden(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_what_is_no_golden_answer_is_refused(tmp_path, change):
    path = tmp_path / "golden.json"
    path.write_text(json.dumps(ANSWER))
    load_golden(path)
    path.write_text(json.dumps(ANSWER | change))
    assert_unreadable(path)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff\xfe", b"null", b"[" * 10_000])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "golden.json"
    if content is not None:
        path.write_bytes(content)
    assert_unreadable(path)


QUANTITIES = {
    "format": 3,
    "labels": [],
    "inputs": [{"age": 30.5, "city": None}, {"age": None, "city": "Łódź"}],
    "outputs": [[1.5], [-2e9]],
    "served": [[1.5], [-2e9]],
    "tolerance": 1e-9,
}


@pytest.mark.parametrize("answers", [[[1.5]], [[1.5], [2.0, 3.0]], [[1.5], [None]], [[1.5], []]])
def test_quantities_are_one_finite_number_a_row(tmp_path, answers):
    path = tmp_path / "golden.json"
    path.write_text(json.dumps(QUANTITIES))
    assert load_golden(path).inputs[1] == {"age": None, "city": "Łódź"}
    path.write_text(json.dumps(QUANTITIES | {"served": answers}))
    assert_unreadable(path)


@pytest.mark.parametrize("model", ["logistic_regression", "ridge", "random_forest"])
def test_a_table_models_answers_come_back_bit_for_bit(model, tmp_path):
    fitted = fit_table(model)
    save_scorer(fitted.model, tmp_path / "scorer")
    save_golden(fitted.golden, tmp_path / "golden.json")
    golden = load_golden(tmp_path / "golden.json")
    scorer = load_scorer(tmp_path / "scorer", scorer_digest(tmp_path / "scorer"))
    assert golden == fitted.golden
    assert replay(golden, scorer) is replay_exactly(golden, scorer) is None


def test_quantities_are_compared_by_their_size():
    """A billionth of each, or of a usual one where that is more, is rounding."""
    golden = fit_table("ridge").golden
    usual = np.median(np.abs(golden.outputs))

    def off_by(share):
        moved = tuple((row[0] + share * max(abs(row[0]), usual),) for row in golden.outputs)
        return replay(golden.model_copy(update={"outputs": moved}), EstimatorScorer(RIDGE.model))

    assert off_by(0.9e-9) is None
    found = off_by(1.1e-9)
    assert found is not None
    assert found.startswith("input 1 ")
    assert "\n" not in found


def test_another_seeds_table_model_answers_otherwise():
    other = EstimatorScorer(fit_table("ridge", seed=2).model)
    assert replay(RIDGE.golden, other) is not None
    assert "inputs have other answers" in replay_exactly(RIDGE.golden, other)


def test_other_columns_are_no_replay():
    golden = RIDGE.golden
    other = EstimatorScorer(fit_table("ridge", without=("age",)).model)
    for replayed in (replay, replay_exactly):
        assert replayed(golden, other).startswith("columns are ['größe', 'city'")
        texts = golden.model_copy(update={"inputs": ("a",) * len(golden.inputs)})
        assert "columns are" in replayed(texts, other)


def test_answers_from_before_tables_are_read(golden, tmp_path):
    old = golden.model_dump(mode="json")
    names = {"inputs": "texts", "outputs": "probabilities"}
    old = {names.get(key, key): value for key, value in old.items()} | {"format": 2}
    path = tmp_path / "golden.json"
    path.write_text(json.dumps(old, separators=(",", ":")))
    assert load_golden(path) == golden
    path.write_text(path.read_text()[:500])
    with pytest.raises(GatehouseError, match="can't be read"):
        load_golden(path)
