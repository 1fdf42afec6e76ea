"""Columns that give the target away are found, and strong honest ones are not."""

import numpy as np
import pytest

from core.profile.leaks import Target, leak_of_levels, leak_of_numbers

RNG = np.random.default_rng(3)
CLASSES = RNG.integers(0, 3, 400)
RARE = (np.arange(1000) % 100 == 0).astype(np.int64)
QUANTITY = RNG.normal(50, 10, 400)


@pytest.mark.parametrize(
    "codes",
    [CLASSES + 1, 3 - CLASSES, CLASSES * 2 + RNG.integers(0, 2, 400)],
    ids=["a copy", "renamed", "two levels per class"],
)
def test_levels_that_tell_the_class(codes: np.ndarray) -> None:
    assert "100.0% of held-out rows" in leak_of_levels(codes, Target(CLASSES, 3))


@pytest.mark.parametrize(
    "codes",
    [
        RNG.integers(0, 5, 400),
        np.where(RNG.random(400) < 0.9, CLASSES, RNG.integers(0, 3, 400)),
        np.arange(400),
        np.zeros(400, dtype=np.int64),
    ],
    ids=["noise", "nine of ten", "an identifier", "a constant"],
)
def test_levels_that_do_not(codes: np.ndarray) -> None:
    assert leak_of_levels(codes, Target(CLASSES, 3)) == ""


def test_a_rare_class_counts_as_much_as_the_large_one() -> None:
    """Guessing the large class is right in 99% of the rows, and no leak."""
    assert leak_of_levels(RNG.integers(0, 4, 1000), Target(RARE, 2)) == ""
    assert leak_of_numbers(RNG.normal(size=1000), Target(RARE, 2)) == ""
    assert leak_of_levels(RARE + 1, Target(RARE, 2))


def test_numbers_whose_ranges_are_the_classes() -> None:
    leak = leak_of_numbers(CLASSES * 10 + RNG.random(400), Target(CLASSES, 3))
    assert leak == "tells the class of 100.0% of held-out rows"
    assert leak_of_numbers(CLASSES + RNG.normal(0, 0.5, 400), Target(CLASSES, 3)) == ""


def test_a_gap_that_tells_the_class() -> None:
    left_at = np.where(CLASSES == 0, np.nan, RNG.random(400))
    two = (CLASSES == 0).astype(np.int64)
    assert leak_of_numbers(left_at, Target(two, 2)).startswith("whether it is missing")


@pytest.mark.parametrize(
    ("x", "found"),
    [
        (QUANTITY * 1.19 + 3, "has a correlation of 1.0000"),
        (-QUANTITY, "has a correlation of 1.0000"),
        (np.exp(QUANTITY), "has a rank correlation of 1.0000"),
        (QUANTITY + RNG.normal(0, 3, 400), ""),
        (np.full(400, 7.0), ""),
    ],
)
def test_numbers_that_follow_a_quantity(x: np.ndarray, found: str) -> None:
    leak = leak_of_numbers(x, Target(QUANTITY, 0))
    assert leak.startswith(found)
    assert bool(leak) == bool(found)


def test_levels_that_explain_a_quantity() -> None:
    levels = RNG.integers(0, 20, 400)
    assert "variance" in leak_of_levels(levels, Target(levels * 3.0, 0))
    assert leak_of_levels(levels, Target(levels + RNG.normal(0, 3, 400), 0)) == ""


def test_of_few_rows_nothing_is_said() -> None:
    assert leak_of_levels(CLASSES[:30] + 1, Target(CLASSES[:30], 3)) == ""
    assert leak_of_numbers(CLASSES[:30] * 1.0, Target(CLASSES[:30], 3)) == ""
