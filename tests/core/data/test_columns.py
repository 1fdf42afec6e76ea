"""The plain form of columns."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from core.data.columns import as_text, guess_types, plain, plain_table, require_columns
from core.errors import DataError


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "", None], pa.string(), ["a", None, None]),
        (["a", ""], pa.string_view(), ["a", None]),
        (["a", "b", "a", ""], pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a", None]),
        ([1, None, 3], pa.uint8(), [1, None, 3]),
        ([1.0, float("nan"), 3.0], pa.float32(), [1, None, 3]),
        ([1.5, float("nan"), 3.0], pa.float64(), [1.5, None, 3.0]),
        ([True, None], pa.bool_(), [True, None]),
        ([dt.date(2026, 1, 2)], pa.date32(), ["2026-01-02"]),
        ([Decimal("1.50")], pa.decimal128(5, 2), ["1.50"]),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_values_in_plain_form(values: list[object], kind: pa.DataType, expected: object) -> None:
    column = plain(pa.chunked_array([pa.array(values, kind)]), "x")
    assert column.to_pylist() == expected
    assert column.type in (pa.large_string(), pa.int64(), pa.float64(), pa.bool_())


def test_a_column_of_lists_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"'tags' holds list"):
        plain_table(pa.table({"tags": [[1], [2]]}))


def test_integers_beyond_int64_lose_no_digit() -> None:
    table = plain_table(pa.table({"x": np.array([2**64 - 1, 1], dtype=np.uint64)}))
    assert table["x"].to_pylist() == ["18446744073709551615", "1"]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "2", None], [1, 2, None]),
        (["0.5", "-0.25"], [0.5, -0.25]),
        (["True", "FALSE"], [True, False]),
        (["01", "10"], ["01", "10"]),
        (["0", "1"], [0, 1]),
    ],
)
def test_types_of_texts(texts: list[str | None], values: list[object]) -> None:
    table = pa.table({"x": pa.array(texts, pa.large_string())})
    assert guess_types(table, ())["x"].to_pylist() == values
    assert guess_types(table, ("x",))["x"].to_pylist() == texts


def test_columns_as_text() -> None:
    columns = {"n": [1, None], "f": [1.5, 2.0], "b": [True, False], "s": ["", "x"]}
    table = plain_table(pa.table(columns))
    assert as_text(table, ["n", "f", "b", "s"]).to_pylist() == [
        {"n": "1", "f": "1.5", "b": "true", "s": None},
        {"n": None, "f": "2", "b": "false", "s": "x"},
    ]
    assert as_text(table, ["f"]).column_names == ["n", "f", "b", "s"]


def test_a_missing_label_names_key_and_nearest_column() -> None:
    with pytest.raises(DataError, match=r"data\.label: f\.csv has no column 'labl'.*=label"):
        require_columns(["text", "label"], {"text": "data.text", "labl": "data.label"}, "f.csv")


def test_a_missing_slice_names_key_and_nearest_column() -> None:
    wanted = {"text": "data.text", "editon": "data.slices"}
    with pytest.raises(
        DataError, match=r"data\.slices: f\.csv has no column 'editon'.*=\[edition\]"
    ):
        require_columns(["text", "label", "edition"], wanted, "f.csv")
