"""Stratified splits."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core.config.data import SplitShares
from core.data.splits import stratified_split
from core.errors import DataError

LABELS = ("a", "b", "c")
SHARES = SplitShares()


@given(
    st.lists(st.integers(3, 40), min_size=3, max_size=3),
    st.sampled_from([(0.7, 0.15, 0.15), (0.1, 0.45, 0.45), (0.98, 0.01, 0.01), (0.01, 0.98, 0.01)]),
    st.integers(0, 2**32),
)
def test_every_row_once_and_every_class_everywhere(
    counts: list[int], shares: tuple[float, float, float], seed: int
) -> None:
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(3), counts))
    train, validation, test = shares
    split = SplitShares(train=train, validation=validation, test=test)
    rows = stratified_split(y, split, seed, LABELS)
    assert list(rows) == ["train", "validation", "test"]
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(y)))
    assert all(set(y[r]) == {0, 1, 2} for r in rows.values())


def test_shares_of_a_large_set() -> None:
    y = np.repeat(np.arange(4), 1000)
    rows = stratified_split(y, SHARES, 1, ("a", "b", "c", "d"))
    counts = {name: np.bincount(y[r]).tolist() for name, r in rows.items()}
    assert counts == {"train": [700] * 4, "validation": [150] * 4, "test": [150] * 4}


def test_the_seed_decides() -> None:
    y = np.repeat(np.arange(3), 20)
    tests = [stratified_split(y, SHARES, seed, LABELS)["test"].tolist() for seed in (1, 1, 2)]
    assert tests[0] == tests[1] != tests[2]


@pytest.mark.parametrize("y", [[0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 0, 2, 2, 2]])
def test_a_class_with_too_few_rows_is_named(y: list[int]) -> None:
    with pytest.raises(DataError, match=r"class 'b' has [02] rows.*data\.limit"):
        stratified_split(np.array(y), SHARES, 1, LABELS)
