"""What a served table model takes of a row, and what it refuses."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.features import Feature, RowError, category_text, plain_row, strange_values

AGE = Feature(name="age", kind="number", low=18, high=90)
CITY = Feature(name="city", kind="category", levels=("Bern", "3", "true"))
SINCE = Feature(name="since", kind="date", nullable=True)
NOTE = Feature(name="note", kind="text", nullable=True)
FEATURES = (AGE, CITY, SINCE, NOTE)
ROW = {"age": 30, "city": "Bern", "since": "2026-01-31", "note": "hello"}


def row(**changes: Any) -> dict[str, Any]:
    return plain_row(ROW | changes, FEATURES)


def test_the_plain_form() -> None:
    assert row() == {"age": 30.0, "city": "Bern", "since": "2026-01-31T00:00:00", "note": "hello"}
    assert type(row()["age"]) is float


def test_the_order_is_the_models() -> None:
    assert list(plain_row(dict(reversed(ROW.items())), FEATURES)) == list(ROW)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((3, "3"), (3.0, "3"), ("3.0", "3"), ("-12.00", "-12"), (1e16, "10000000000000000")),
        *((1.5, "1.5"), ("1.50", "1.50"), ("007", "007"), ("007.0", "007.0"), ("3.0.0", "3.0.0")),
        *((True, "true"), ("True", "true"), ("FALSE", "false"), (" True ", "true")),
        *(("Bern", "Bern"), (" Bern ", "Bern"), ("Truer", "Truer")),
    ],
)
def test_a_level_has_one_spelling(value: Any, text: str) -> None:
    assert row(city=value)["city"] == text


@given(st.integers(-(2**53), 2**53))
def test_whole_numbers_and_their_floats_are_one_level(number: int) -> None:
    assert category_text(number) == category_text(float(number)) == str(number)


@pytest.mark.parametrize(
    ("changes", "column", "problem"),
    [
        ({"agee": 3}, "agee", "the model has no column 'agee'; did you mean 'age'?"),
        ({"zzz": 3}, "zzz", "no column 'zzz'; it takes age, city, since, note"),
        ({"age": "30"}, "age", "column 'age' takes a number, not '30'"),
        ({"age": True}, "age", "takes a number, not True"),
        ({"age": [30]}, "age", "takes a number, not [30]"),
        ({"age": math.nan}, "age", "takes a finite number, not nan"),
        ({"age": math.inf}, "age", "takes a finite number, not inf"),
        ({"age": 10**400}, "age", "takes a finite number, not 1000"),
        ({"age": None}, "age", "column 'age' needs a value; training had no gaps"),
        ({"city": None}, "city", "column 'city' needs a value"),
        ({"city": "  "}, "city", "column 'city' needs a value"),
        ({"city": math.nan}, "city", "takes a finite number, not nan"),
        ({"city": -math.inf}, "city", "takes a finite number, not -inf"),
        ({"city": 10**400}, "city", "takes a finite number, not 1000"),
        ({"city": {"a": 1}}, "city", "takes a text or a number, not {'a': 1}"),
        ({"since": "31.01.2026"}, "since", "a date such as 2026-01-31, not '31.01.2026'"),
        ({"since": 20260131}, "since", "a date such as 2026-01-31, not 20260131"),
        ({"note": 5}, "note", "column 'note' takes a text, not 5"),
    ],
)
def test_what_no_model_should_answer(changes: Any, column: str, problem: str) -> None:
    with pytest.raises(RowError) as caught:
        row(**changes)
    assert caught.value.column == column
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_missing_column_is_as_a_null() -> None:
    assert plain_row({"age": 30, "city": "Bern"}, FEATURES) == row(since=None, note=None)
    assert row(note=" ") == row(note=None)
    with pytest.raises(RowError, match="needs a value"):
        plain_row({"city": "Bern"}, FEATURES)


def test_what_is_strange() -> None:
    assert strange_values(row(), FEATURES) == []
    found = strange_values(row(age=95, city="Genf", since=None), FEATURES)
    assert found == [
        "age 95 is outside the training range 18..90",
        "city 'Genf' is a level that training did not have or hardly had",
        "since is missing",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


def plain_or_reason(values: dict[str, Any]) -> dict[str, Any] | RowError:
    try:
        return plain_row(values, FEATURES)
    except RowError as error:
        return error


@given(st.dictionaries(st.sampled_from([*ROW, "other"]), JSON))
def test_any_json_gives_a_plain_row_or_a_reason(values: dict[str, Any]) -> None:
    plain = plain_or_reason(values)
    if isinstance(plain, RowError):
        assert plain.column in {*ROW, "other"}
        return
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert all(isinstance(line, str) for line in strange_values(plain, FEATURES))
