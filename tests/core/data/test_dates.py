"""Dates written as text."""

import pyarrow as pa
import pytest

from core.data.dates import date_format, parse_dates
from core.data.numbers import Parsed


def column(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.large_string())])


def parse(*values: str | None) -> Parsed:
    return parse_dates(column(*values))


@pytest.mark.parametrize(
    ("values", "dates", "style"),
    [
        (("2026-01-31", None), ["2026-01-31T00:00:00", None], "as ISO 8601"),
        (
            ("2026-01-31", "2026/02/01 10:30", "2026-01-31T10:00:00Z"),
            ["2026-01-31T00:00:00", "2026-02-01T10:30:00", "2026-01-31T10:00:00+00:00"],
            "as ISO 8601",
        ),
        (("31.01.2026", "1.2.2026"), ["2026-01-31", "2026-02-01"], "as DD.MM.YYYY"),
        (("01/02/2026", "31/01/2026"), ["2026-02-01", "2026-01-31"], "as DD/MM/YYYY"),
        (("01/02/2026", "01/31/2026"), ["2026-01-02", "2026-01-31"], "as MM/DD/YYYY"),
        (("1/31/26 4:05 PM",), ["2026-01-31T16:05:00"], "as MM/DD/YY with a time"),
        (("31 Jan 2026", "5 May 2026"), ["2026-01-31", "2026-05-05"], "as DD Mon YYYY"),
        (("January 31, 2026",), ["2026-01-31"], "as Month DD, YYYY"),
        (("05/05/2026",), ["2026-05-05"], "as DD/MM/YYYY"),
        (("NA", "2026-01-31"), [None, "2026-01-31"], "as ISO 8601"),
    ],
)
def test_one_format_is_read(
    values: tuple[str | None, ...], dates: list[str | None], style: str
) -> None:
    found = parse(*values)
    full = [d if d is None or "T" in d else f"{d}T00:00:00" for d in dates]
    assert found.values.to_pylist() == full
    assert found.is_sound
    assert found.style == style


@pytest.mark.parametrize(
    ("values", "style"),
    [
        (("01/02/2026", "03/04/2026"), "as DD/MM/YYYY or MM/DD/YYYY"),
        (("2026-01-31", "31.01.2026"), "as ISO 8601 or DD.MM.YYYY"),
        (("a", "b"), ""),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_wrong(values: tuple[str, ...], style: str) -> None:
    found = parse(*values)
    assert found.wrong.to_pylist() == [True, True]
    assert found.style == style


def test_a_stray_format_is_marked() -> None:
    found = parse("31.01.2026", "2026-02-01", "01.02.2026")
    assert found.wrong.to_pylist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (("13/01/2024", "01/02/2024", None), "%d/%m/%Y"),
        (("1/13/2024 10:30",), "%m/%d/%Y"),
        (("2026-01-31", "NA"), ""),
        (("01/02/2024",), None),
        (("a",), None),
        ((None,), None),
    ],
)
def test_the_format_of_days(values: tuple[str | None, ...], form: str | None) -> None:
    assert date_format(column(*values)) == form


def test_a_known_format_is_held_to_with_any_time() -> None:
    values = column("01/02/2026", "01/02/2026 4:05 PM", "2026-01-31", None, "01/31/2026")
    found = parse_dates(values, "%d/%m/%Y")
    assert found.values.to_pylist() == [
        "2026-02-01T00:00:00",
        "2026-02-01T16:05:00",
        "2026-01-31T00:00:00",
        None,
        None,
    ]
    assert found.wrong.to_pylist() == [False, False, False, False, True]
    assert parse_dates(column("13.01.2024"), "").wrong.to_pylist() == [True]


def test_nothing_has_no_format() -> None:
    assert parse(None).is_sound
    assert parse().is_sound
