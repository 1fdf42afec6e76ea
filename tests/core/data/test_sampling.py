"""Stratified samples."""

import numpy as np
import pandas as pd
from hypothesis import given, strategies as st

from core.data.sampling import ranks_in_class, stratified_limit


@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=200),
    st.integers(1, 250),
    st.integers(0, 2**32),
)
def test_shares_are_kept_within_one_row(values: list[str | None], limit: int, seed: int) -> None:
    labels = pd.Series(values, dtype="str")
    rows = stratified_limit(labels, limit, seed)
    kept = min(limit, len(values))
    assert len(rows) == kept
    assert np.all(np.diff(rows) > 0)
    before = labels.value_counts(dropna=False)
    after = labels.iloc[rows].value_counts(dropna=False).reindex(before.index, fill_value=0)
    assert ((after - before * kept / len(values)).abs() < 1).all()


def test_the_seed_decides() -> None:
    labels = pd.Series([0, 1] * 50)
    first = stratified_limit(labels, 10, 1)
    assert first.tolist() == stratified_limit(labels, 10, 1).tolist()
    assert first.tolist() != stratified_limit(labels, 10, 2).tolist()


def test_ranks_number_the_rows_of_each_class() -> None:
    codes = np.array([2, 0, 2, 0, 0, 2, 1])
    ranks = ranks_in_class(codes, 5)
    assert [sorted(ranks[codes == c]) for c in range(3)] == [[0, 1, 2], [0], [0, 1, 2]]
