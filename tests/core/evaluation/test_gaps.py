"""Slices that are worse than the rest: planted ones are found, chance is not."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control, fisher_exact, ttest_ind

from core.evaluation.evaluation import SliceRow
from core.evaluation.families import CLASSIFICATION, REGRESSION
from core.evaluation.family import MetricFamily
from core.evaluation.gaps import _chance, holm, slice_rows
from core.evaluation.slices import Slice, column_slices


def classes(right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(len(right), dtype=int), np.where(right[:, None], [0.9, 0.1], [0.1, 0.9])


def quantities(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y = np.linspace(1, 2, len(errors))
    return y, (y + errors)[:, None]


def rows_of(family: MetricFamily, said: tuple, parts: tuple[Slice, ...]) -> tuple[SliceRow, ...]:
    return slice_rows(family, parts, *said, seed=0)


def desks(rng: np.random.Generator, rows: int = 400) -> np.ndarray:
    return rng.choice(list("abcdefgh"), size=rows)


def test_a_planted_gap_is_flagged_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    desk = desks(rng, 2000)
    parts = column_slices("desk", desk.tolist())
    right = rng.random(2000) < np.where(desk == "c", 0.6, 0.9)
    errors = rng.normal(0, np.where(desk == "c", 3, 1))
    for family, said in ((CLASSIFICATION, classes(right)), (REGRESSION, quantities(errors))):
        found = rows_of(family, said, parts)
        assert [row.value for row in found if row.is_gap] == ["c"]
        (gap,) = (row for row in found if row.is_gap)
        assert gap.rest is not None
        assert (gap.shown < gap.rest) == (family is CLASSIFICATION)
        assert gap.p_value is not None
        assert gap.p_value < 1e-6


@pytest.mark.parametrize("kind", ["classes", "quantities"])
def test_equally_good_slices_are_hardly_ever_flagged(kind: str) -> None:
    """At most one evaluation in twenty flags any; Fisher's test makes it fewer."""
    alarms, runs = 0, 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        parts = column_slices("desk", desks(rng).tolist())
        if kind == "classes":
            found = rows_of(CLASSIFICATION, classes(rng.random(400) < 0.85), parts)
        else:
            errors = rng.exponential(size=400)
            found = rows_of(REGRESSION, quantities(errors), parts)
        alarms += any(row.is_gap for row in found)
    # Of 200 with probability 0.05, more than 18 come once in 200.
    assert alarms <= 18, alarms


ERRORS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "skewed": lambda rng: rng.lognormal(size=300),
    "rounded": lambda rng: np.round(rng.lognormal(size=300)),
    "mostly the largest": lambda rng: np.where(rng.random(300) < 0.8, 1, rng.random(300)),
}


@pytest.mark.parametrize("size", [2, 3, 5, 8])
@pytest.mark.parametrize("errors", ERRORS.values(), ids=ERRORS)
def test_a_few_rows_that_are_equal_by_chance_are_no_gap(
    size: int, errors: Callable[[np.random.Generator], np.ndarray]
) -> None:
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        drawn = rng.permutation(300)[: 10 * size].reshape(10, size)
        parts = [Slice("k", str(i), np.isin(np.arange(300), rows)) for i, rows in enumerate(drawn)]
        p_values = holm([_chance(errors(rng), part.mask) for part in parts])
        alarms += any(p is not None and p < 0.05 for p in p_values)
    # Of 60 with probability 0.05, more than 8 come less than once in 200.
    assert alarms <= 8, alarms


def test_a_few_rows_that_are_far_worse_are_a_gap() -> None:
    errors = np.random.default_rng(0).exponential(size=300)
    errors[:5] += 20
    (gap,) = rows_of(REGRESSION, quantities(errors), (Slice("k", "x", np.arange(300) < 5),))
    assert gap.is_gap


def test_p_values_are_scipys_before_their_correction() -> None:
    rng = np.random.default_rng(1)
    mask, right = np.arange(300) < 60, rng.random(300) < 0.8
    (hits,) = rows_of(CLASSIFICATION, classes(right), (Slice("half", "x", mask),))
    table = [[int((~right & part).sum()), int((right & part).sum())] for part in (mask, ~mask)]
    assert hits.p_value == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    wilson = binomtest(int(right[mask].sum()), 60).proportion_ci(0.95, method="wilson")
    assert (hits.low, hits.high) == pytest.approx((wilson.low, wilson.high))
    errors = rng.normal(size=300)
    (means,) = rows_of(REGRESSION, quantities(errors), (Slice("half", "x", mask),))
    sizes = np.abs(errors)
    expected = max(
        ttest_ind(sizes[mask], sizes[~mask], equal_var=pooled, alternative="greater").pvalue
        for pooled in (True, False)
    )
    assert means.p_value == pytest.approx(expected)
    assert means.rest == pytest.approx(sizes[~mask].mean())


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, None, 0.03]) == pytest.approx([0.03, 0.06, None, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
    p_values = np.random.default_rng(0).random(20).tolist()
    weaker = false_discovery_control(p_values)
    assert all(a >= b for a, b in zip(holm(p_values), weaker, strict=True))


def test_what_can_not_be_tested_is_not_flagged() -> None:
    said = classes(np.arange(50) > 0)
    every, one, nobody = (Slice("k", name, mask) for name, mask in (
        ("all", np.full(50, True)), ("one", np.arange(50) == 0), ("none", np.full(50, False)),
    ))  # fmt: skip
    whole, single = rows_of(CLASSIFICATION, said, (every, one, nobody))
    assert (whole.rest, whole.p_value, whole.is_gap) == (None, None, False)
    assert (single.shown, single.rest, single.p_value, single.is_gap) == (0, 1, None, False)


def test_errors_without_any_spread() -> None:
    mask = np.arange(40) < 10
    (gap,) = rows_of(REGRESSION, quantities(np.where(mask, 0.5, 0.25)), (Slice("k", "x", mask),))
    assert (gap.is_gap, gap.p_value, gap.low) == (True, 0, pytest.approx(0.5))
    (same,) = rows_of(REGRESSION, quantities(np.full(40, 0.5)), (Slice("k", "x", mask),))
    assert not same.is_gap
