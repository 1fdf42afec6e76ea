"""Numbers written as text."""

import pyarrow as pa
import pytest

from core.data.numbers import Decimal, Parsed, parse_numbers


def parse(*values: str | None, decimal: Decimal = ".") -> Parsed:
    return parse_numbers(pa.chunked_array([pa.array(values, pa.large_string())]), decimal)


@pytest.mark.parametrize(
    ("values", "decimal", "numbers", "style"),
    [
        (("1", " 2.5 ", "-1e3", None), ".", [1, 2.5, -1000, None], ""),
        (("1,234", "5", "1,234,567.8"), ".", [1234, 5, 1234567.8], "with thousands separators"),
        (("1 234", "12\u00a0345"), ".", [1234, 12345], "with thousands separators"),
        (("1'234", "1_000"), ".", [1234, 1000], "with thousands separators"),
        (("0,5", "5", "-3,25"), ",", [0.5, 5, -3.25], "with a decimal comma"),
        (
            ("1.234,5", "2"),
            ",",
            [1234.5, 2],
            "with thousands separators, with a decimal comma",
        ),
        (("$1,200", "-$5", "$ 3"), ".", [1200, -5, 3], "with $, with thousands separators"),
        (("12 €", "1 234 €"), ".", [12, 1234], "with €, with thousands separators"),
        (("5%", None, "6.5 %"), ".", [5, None, 6.5], "with %"),
        (("NA", "n/a", "?", "", "-", "null", "7"), ".", [None] * 6 + [7], ""),
        ((None, None), ".", [None, None], ""),
        ((), ".", [], ""),
    ],
)
def test_what_is_read(
    values: tuple[str | None, ...], decimal: Decimal, numbers: list[float | None], style: str
) -> None:
    found = parse(*values, decimal=decimal)
    assert found.values.to_pylist() == numbers
    assert found.style == style
    assert found.values.type == pa.float64()


@pytest.mark.parametrize("values", [("1", "x"), ("1", "1,23"), ("1", "0x1F"), ("1", "5%")])
def test_what_is_no_number_is_marked(values: tuple[str, ...]) -> None:
    found = parse(*values)
    assert found.wrong.to_pylist() == [False, True]
    assert not found.is_sound
    assert found.values.to_pylist() == [1, None]


def test_a_point_is_no_decimal_comma() -> None:
    found = parse("1.234", "0.5", decimal=",")
    assert found.values.to_pylist() == [1234, None]
    assert found.wrong.to_pylist() == [False, True]


def test_infinity_is_a_number_here() -> None:
    assert parse("inf", "-Infinity").values.to_pylist() == [float("inf"), float("-inf")]
    assert parse("inf", "1,000").values.to_pylist() == [float("inf"), 1000]
