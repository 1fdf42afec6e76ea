import pickle
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy import sparse

from core.config.data import PreprocessingConfig
from core.errors import DataError
from core.features import Feature
from core.models.sharing import sharing
from core.models.table import encoder as encoder_module
from core.models.table.build import fitted_features
from core.models.table.encoder import TableEncoder
from tests.encoded import (
    KINDS,
    WITHOUT_TEXT,
    WORDS,
    columns,
    dataset,
    encoder,
    fit,
    frame,
    plain_rows,
    target,
)


def fitted(values, kinds, preprocessing=None, dense=False) -> TableEncoder:
    return encoder(kinds, preprocessing, dense).fit(frame(values, kinds))


def encoded(values, kinds, asked=None, preprocessing=None) -> dict[str, list[float]]:
    """The output columns by name, of other rows if they are given."""
    transformer = fitted(values, kinds, preprocessing)
    matrix = transformer.transform(plain_rows(asked or values))
    matrix = matrix.toarray() if sparse.issparse(matrix) else matrix
    return dict(zip(transformer.feature_names_, matrix.T.tolist(), strict=True))


def assert_same_bits(one, other):
    assert type(one) is type(other)
    if sparse.issparse(one):
        np.testing.assert_array_equal(one.indices, other.indices)
        np.testing.assert_array_equal(one.indptr, other.indptr)
        one, other = one.data, other.data
    assert one.dtype == other.dtype == np.float64
    np.testing.assert_array_equal(one.view(np.int64), other.view(np.int64))


NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
LEVELS = st.none() | st.text(max_size=3)
DATES = st.none() | st.datetimes().map(lambda date: date.isoformat())
TEXTS = st.none() | st.text("ab <&é1", max_size=12)
ROW = st.tuples(NUMBERS, LEVELS, DATES, NUMBERS, TEXTS)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=20), st.sampled_from(["standard", "robust", "none"]))
def test_a_frame_and_plain_rows_give_the_same_bits(rows, scale):
    asked = dict(zip(KINDS, map(list, zip(*rows, strict=True)), strict=True))
    numbers = {"scale": scale, "clip": 0.01}
    transformer = fitted(columns(), KINDS, {"numbers": numbers})
    matrix = transformer.transform(plain_rows(asked))
    assert_same_bits(transformer.transform(frame(asked, KINDS)), matrix)
    assert np.isfinite(matrix.data).all()
    assert np.abs(matrix.data).max(initial=0) <= 1e30
    one_by_one = sparse.vstack([transformer.transform([row]) for row in plain_rows(asked)])
    np.testing.assert_array_equal(one_by_one.toarray(), matrix.toarray())


@pytest.mark.parametrize("kinds", [KINDS, WITHOUT_TEXT])
def test_training_rows_are_encoded_as_they_are_later(kinds):
    values = frame(columns(), kinds)
    transformer = encoder(kinds)
    learnt, applied = transformer.fit_transform(values), transformer.transform(values)
    if "text" not in kinds.values():
        assert_same_bits(learnt, applied)
    # scikit-learn adds a text's squares up in another order in a fit.
    np.testing.assert_allclose(abs(learnt - applied).max(), 0, atol=1e-15)


@pytest.mark.parametrize(("kinds", "is_sparse"), [(KINDS, True), (WITHOUT_TEXT, False)])
def test_only_texts_make_it_sparse(kinds, is_sparse):
    matrix = fitted(columns(), kinds).transform(frame(columns(), kinds))
    assert sparse.issparse(matrix) == is_sparse
    dense = fitted(columns(), kinds, dense=True).transform(frame(columns(), kinds))
    np.testing.assert_array_equal(dense, matrix.toarray() if is_sparse else matrix)


def test_very_many_levels_make_it_sparse():
    values = {"code": [f"{number % 1500}" for number in range(3000)]}
    options = {"categories": {"min_rows": 1, "max_levels": 2000}}
    matrix = fitted(values, {"code": "category"}, options).transform(plain_rows(values))
    assert sparse.issparse(matrix)
    assert matrix.shape == (3000, 1500)


def test_every_output_column_has_a_name_and_a_source():
    transformer = fitted(columns(), KINDS)
    assert len(transformer.sources_) == len(transformer.feature_names_)
    assert dict(zip(transformer.feature_names_, transformer.sources_, strict=True)) == {
        "größe": "größe",
        "fit": "fit",
        "seen at days": "seen at",
        "seen at month": "seen at",
        "seen at weekday": "seen at",
        "fit is missing": "fit",
        "seen at is missing": "seen at",
        "class=None": "class",
        "class=a": "class",
        "class=b": "class",
        "class is missing": "class",
        **{f"<b>: {word}": "<b>" for word in WORDS},
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"scale": "none"}, [0, 2, 4, 2]),
        ({"scale": "none", "impute": "zero"}, [0, 2, 4, 0]),
        ({"scale": "none", "impute": "mean"}, [0, 2, 4, 2]),
        ({"scale": "robust"}, [-1, 0, 1, 0]),
        ({"scale": "standard"}, [-(1.5**0.5), 0, 1.5**0.5, 0]),
        ({"scale": "none", "clip": 0.25}, [1, 2, 3, 2]),
    ],
)
def test_numbers_are_imputed_scaled_and_cut_off(options, expected):
    values = {"n": [0.0, 2.0, 4.0, None]}
    found = encoded(values, {"n": "number"}, preprocessing={"numbers": options})
    np.testing.assert_allclose(found["n"], expected, atol=1e-12)
    assert found["n is missing"] == [0, 0, 0, 1]


def test_a_gap_that_training_did_not_have_has_no_flag():
    found = encoded({"n": [0.0, 2.0, 4.0]}, {"n": "number"}, {"n": [None]})
    assert found == {"n": [0.0]}


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_a_number_that_hardly_varies_is_scaled_all_the_same(scale):
    values = {"n": [0.0] * 99 + [1e-200]}
    found = encoded(values, {"n": "number"}, preprocessing={"numbers": {"scale": scale}})
    assert np.ptp(found["n"]) >= 1


def test_unknown_and_rare_levels_share_a_column():
    values = {"c": ["a"] * 5 + ["b"] * 5 + ["rare"]}
    asked = {"c": ["a", "rare", "new", None, ""]}
    found = encoded(values, {"c": "category"}, asked)
    assert found == {"c=a": [1, 0, 0, 0, 0], "c=b": [0] * 5, "c is a rare level": [0, 1, 1, 1, 1]}


def test_without_rare_levels_an_unknown_one_is_none_of_them():
    found = encoded({"c": ["a"] * 5 + ["b"] * 5 + [None]}, {"c": "category"}, {"c": ["new", None]})
    assert found == {"c=a": [0, 0], "c=b": [0, 0], "c is missing": [0, 1]}


def test_the_most_frequent_levels_are_kept():
    values = {"c": ["b"] * 3 + ["a"] * 2 + ["d"] * 2 + ["c"] * 4}
    options = {"categories": {"min_rows": 1, "max_levels": 3}}
    transformer = fitted(values, {"c": "category"}, options)
    assert transformer.feature_names_ == ("c=c", "c=b", "c=a", "c is a rare level")


def test_dates_are_read_part_by_part():
    parts = ["days", "year", "month", "day", "weekday", "hour"]
    values = {"d": ["1970-01-02T12:00:00", "2024-02-29T00:00:00+05:00", None]}
    options = {"dates": {"parts": parts}, "numbers": {"scale": "none"}}
    found = encoded(values, {"d": "date"}, preprocessing=options)
    assert [found[f"d {part}"][0] for part in parts] == [1.5, 1970, 1, 2, 4, 12]
    assert [found[f"d {part}"][1] for part in parts] == [19782, 2024, 2, 29, 3, 0]
    assert found["d is missing"] == [0, 0, 1]


def test_texts_are_cleaned():
    values = {"t": ["AT&amp;T up", "<b>down</b> 1"]}
    found = encoded(values, {"t": "text"})
    assert sorted(found) == ["t: at", "t: down", "t: up"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("number", [2.0] * 8),
        ("number", [None] * 8),
        ("category", ["a"] * 8),
        ("category", [str(number) for number in range(8)]),
        ("category", [None] * 8),
        ("date", ["2026-01-01T00:00:00"] * 8),
        ("date", [None] * 8),
        ("text", ["as ever"] * 8),
        ("text", [None] * 8),
    ],
)
def test_a_column_that_says_nothing_gives_none(kind, values):
    both = {"n": [1.0, 2.0] * 4, "x": values}
    assert fitted(both, {"n": "number", "x": kind}).feature_names_ == ("n",)
    with pytest.raises(DataError, match=r"no input column says anything: .* check data\.columns"):
        fitted({"x": values}, {"x": kind})


def test_a_constant_with_gaps_leaves_its_gaps():
    assert encoded({"n": [2.0, None]}, {"n": "number"}) == {"n is missing": [0, 1]}


def test_too_large_for_a_model_that_takes_zeros_is_explained(monkeypatch):
    monkeypatch.setattr(encoder_module, "LARGEST_DENSE", 100)
    with pytest.raises(DataError, match=r"lower vectorizer\.max_features"):
        fitted(columns(), KINDS, dense=True)
    fitted(columns(), WITHOUT_TEXT, dense=True)


def test_features_say_what_training_found():
    values = columns()
    found = {feature.name: feature for feature in fitted(values, KINDS).features_}
    assert list(found) == list(KINDS)
    sizes = values["größe"]
    assert found["größe"] == Feature(
        name="größe",
        kind="number",
        low=min(sizes),
        high=max(sizes),
        example=float(np.median(sizes)),
    )
    assert found["fit"].nullable
    assert sorted(found["class"].levels) == ["None", "a", "b"]
    assert found["class"].example == found["class"].levels[0]
    assert found["seen at"].nullable
    assert found["seen at"].example in values["seen at"]


def test_a_gap_that_no_training_row_has_may_come_all_the_same():
    values = {name: [v for v in column if v is not None][:80] for name, column in columns().items()}
    data = replace(dataset(values, KINDS, target(values)), nullable=tuple(KINDS))
    estimator = fit({"model": "ridge"}, data)
    assert all(feature.nullable for feature in fitted_features(estimator))
    assert not any(feature.nullable for feature in fitted(values, KINDS).features_)
    missing = dict.fromkeys(KINDS)
    assert np.isfinite(estimator.predict([missing])).all()
    assert not any("missing" in name for name in estimator["prepare"].feature_names_)


def test_the_example_of_a_huge_number_is_finite():
    values = {"huge": [1.6e308, 1.7e308], "n": [1.0, 2.0]}
    feature, _ = fitted(values, {"huge": "number", "n": "number"}).features_
    assert feature.example == pytest.approx(1.65e308)


def test_the_example_of_a_text_is_made_up_of_terms():
    values = {"t": ["Anna Smith paid", "Anna Smith left", "Anna went", None]}
    (feature,) = fitted(values, {"t": "text"}).features_
    assert feature.example == "anna smith left paid went"
    assert feature.nullable


def test_ten_thousand_columns_take_seconds():
    rng = np.random.default_rng(1)
    numbers = pd.DataFrame(rng.normal(size=(200, 5000)).round(2)).add_prefix("n")
    levels = pd.DataFrame(rng.choice(["a", "b"], (200, 5000))).add_prefix("c")
    kinds = dict.fromkeys(numbers, "number") | dict.fromkeys(levels, "category")
    table = pd.concat([numbers, levels], axis=1)
    started = time.perf_counter()
    transformer = encoder(kinds)
    assert transformer.fit_transform(table).shape == (200, 15_000)
    row = table.iloc[0].to_dict()
    assert transformer.transform([row]).shape == (1, 15_000)
    assert len(transformer.features_) == 10_000
    assert time.perf_counter() - started < 20


def test_the_bytes_depend_on_what_is_equal_not_on_what_is_the_same():
    values = columns()
    copies = {
        name: [v if not isinstance(v, str) else (v + " ")[:-1] for v in column]
        for name, column in values.items()
    }
    one, other = (
        pickle.dumps(encoder(KINDS).fit(frame(some, KINDS)), protocol=5)
        for some in (values, copies)
    )
    assert one == other


def test_sharing_changes_nothing():
    values = frame(columns(), KINDS)
    plain = encoder(KINDS)
    expected = plain.fit_transform(values)
    with sharing():
        for _ in range(2):
            shared = encoder(KINDS)
            assert_same_bits(shared.fit_transform(values), expected)
            assert pickle.dumps(shared, protocol=5) == pickle.dumps(plain, protocol=5)


def test_options_are_those_of_the_config():
    options = encoder({"n": "number"}).options
    defaults = PreprocessingConfig()
    assert vars(options.numbers) == defaults.numbers.model_dump()
    assert vars(options.categories) == defaults.categories.model_dump()
    assert options.date_parts == defaults.dates.parts
