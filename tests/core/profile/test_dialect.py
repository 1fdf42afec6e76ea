"""What separates fields, and which decimal mark numbers have."""

import pyarrow as pa
import pytest

from core.profile.dialect import decimal_mark, sniff_separator


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_mark_that_cuts_all_rows_alike_separates(mark: str) -> None:
    rows = [("a", "b", "c"), ("1,5", "x; y", "p|q"), ("2,5", "z", "r")]
    quoted = [mark.join(f'"{value}"' for value in row) for row in rows]
    assert sniff_separator("\n".join(quoted)) == mark


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("text;label\none, two, three;x\nfour;y\n", ";"),
        ("text\nhello, you\nand you\n", ","),
        ('a,b\n"x\ny;z;w",1\n', ","),
        ("", ","),
        ("\n\n", ","),
        ("a,b\n1,2\n3,4,5\n6;7\n", ","),
    ],
)
def test_odd_beginnings(text: str, mark: str) -> None:
    assert sniff_separator(text) == mark


def test_a_huge_field_is_no_obstacle() -> None:
    assert sniff_separator(f"a;b\n1;2\n{'x' * 200_000};3\n") == ";"


def of(**columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.large_string()) for name, values in columns.items()})


def test_a_comma_is_the_decimal_mark_where_numbers_can_be_read_no_other_way() -> None:
    mark, note = decimal_mark(of(area=["3,5", "1.234,25", "7"], name=["a, b", "c", "d"]))
    assert (mark, "'area'" in note) == (",", True)


@pytest.mark.parametrize("values", [["1,234", "2,345"], ["3.5", "4"], ["a,b", "c"], ["1,5x"]])
def test_a_point_is_it_otherwise(values: list[str]) -> None:
    assert decimal_mark(of(area=values)) == (".", "")


def test_both_marks_in_one_file_are_told() -> None:
    mark, note = decimal_mark(of(a=["3,5", "4,25"], b=["3.5", "4.25"]))
    assert mark == "."
    assert "'a'" in note
    assert "'b'" in note
