"""The figures of one column."""

import numpy as np
import pyarrow as pa
import pytest

from core.profile.columns import Column, look_at


def seen(values: list[object], name: str = "x") -> Column:
    return look_at(pa.chunked_array([pa.array(values)]), name, ".")


def test_numbers_have_a_range_and_gaps() -> None:
    column = seen(["3", "1.5", "", "NA", "1.5"])
    assert (column.kind, column.missing, column.distinct, column.present) == ("number", 2, 2, 3)
    assert (column.low, column.high, column.is_whole) == (1.5, 3.0, False)
    assert column.summary == "1.5 to 3, 40% missing"
    np.testing.assert_array_equal(np.isnan(column.values), [False, False, True, True, False])


def test_money_with_thousands_separators_is_a_number() -> None:
    column = seen(["$1,200.50", "$3", "$45,000.00"])
    assert (column.kind, column.low, column.high) == ("number", 3.0, 45000.0)


def test_levels_come_with_their_rows() -> None:
    column = seen(["b", "a", "b", None, "b"])
    assert column.kind == "category"
    assert column.levels == (("b", 3), ("a", 1))
    assert column.values.tolist() == [1, 2, 1, 0, 1]
    assert column.summary == "2 levels: b 60%, a 20%, 20% missing"


def test_whole_floats_and_booleans_are_spelled_as_the_service_takes_them() -> None:
    assert seen([1.0, 0.0, 1.0]).levels == (("1", 2), ("0", 1))
    assert seen([True, False, True]).levels == (("true", 2), ("false", 1))


def test_dates_have_a_span() -> None:
    column = seen(["31.01.2024", "01.02.2023", ""])
    assert (column.kind, column.summary) == ("date", "2023-02-01 to 2024-01-31, 33% missing")


def test_a_text_knows_its_lengths() -> None:
    texts = [f"number {number} of many longer sentences" for number in range(20)]
    column = seen([*texts, "a b c d"])
    assert (column.kind, column.low, column.high) == ("text", 7.0, 34.0)


def test_an_infinite_number_is_counted_and_kept_out_of_the_range() -> None:
    column = seen(["1", "inf", "-inf", "2"])
    assert (column.infinite, column.low, column.high) == (2, 1.0, 2.0)
    assert column.summary == "1 to 2, 2 infinite"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([7] * 5, "constant"),
        (["x"] * 5, "constant"),
        ([None] * 5, "empty"),
        ([""] * 5, "empty"),
        (list(range(1, 40)), "identifier"),
        ([f"A{number}-x" for number in range(40)], "identifier"),
        ([*(f"A{number}-x" for number in range(60)), "A1-x", "A2-x"], "identifier"),
    ],
)
def test_what_no_model_should_see_is_named(values: list[object], problem: str) -> None:
    assert seen(values).problem.startswith(problem)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["x"] * 5, "one value, 'x'"),
        (["x", None, "x"], "it has 1 distinct values"),
        (["2024-01-01", "2024-01-02"] * 3, "dates"),
        ([f"A{number}-x" for number in range(40)], "nearly every value differs"),
        (["no", "yes", "no"], ""),
        ([0.5, 1.5, 2.5, 3.5], ""),
    ],
)
def test_what_can_be_predicted(values: list[object], why: str) -> None:
    found = seen(values).why_no_target
    assert why in found
    assert bool(why) == bool(found)
