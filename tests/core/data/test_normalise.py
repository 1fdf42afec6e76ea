"""Normalised texts, duplicates and leaks."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core.data.normalise import Leak, duplicate_rows, leaked_rows, normalise_text


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Stocks  Fall\n", "stocks fall"),
        ("STRASSE", "straße"),
        ("ＡＢＣ", "abc"),  # noqa: RUF001 (full-width letters)
        ("ﬁnal", "FINAL"),
        ("Cafe\u0301", "café"),
        ("a\u00a0b", "a b"),
    ],
)
def test_texts_that_count_as_the_same(a: str, b: str) -> None:
    assert normalise_text(a) == normalise_text(b)


@pytest.mark.parametrize(("a", "b"), [("a b", "ab"), ("1-0", "10"), ("end.", "end")])
def test_texts_that_differ(a: str, b: str) -> None:
    assert normalise_text(a) != normalise_text(b)


@given(st.text(st.characters(codec="ascii")))
def test_the_short_cut_for_ascii_changes_nothing(text: str) -> None:
    assert normalise_text(text) == normalise_text(text + " \u3000")


def test_later_rows_are_the_duplicates() -> None:
    mask = duplicate_rows(["A b", None, "c", "a  B", None, float("nan"), "C"])
    assert mask.tolist() == [False, False, False, True, False, False, True]
    assert mask.dtype == np.bool_


def test_leaks_name_both_places() -> None:
    splits = {"train": ["a", "b", "A"], "validation": ["c", None], "test": ["C ", "d", "a", None]}
    assert leaked_rows(splits) == [
        Leak("validation", 0, "test", 0),
        Leak("train", 0, "test", 2),
    ]
