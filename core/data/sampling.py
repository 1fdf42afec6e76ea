"""Seeded, stratified samples of rows."""

import numpy as np
import pandas as pd


def stratified_limit(label_values: pd.Series, limit: int, seed: int) -> np.ndarray:
    """Chooses rows so that every class keeps its share to within one row.

    Shares are rounded by largest remainder; missing labels are a class of their own.

    Args:
        label_values: The label of each row, shape (rows,).
        limit: Rows to keep; all when there are no more.
        seed: Seed of the choice.

    Returns:
        Row numbers in ascending order, shape (min(rows, limit),), int64.
    """
    codes, _ = pd.factorize(label_values, use_na_sentinel=False)
    quotas = _largest_remainder(np.bincount(codes), min(limit, len(codes)))
    return np.flatnonzero(ranks_in_class(codes, seed) < quotas[codes])


def ranks_in_class(codes: np.ndarray, seed: int) -> np.ndarray:
    """The place of each row, from 0, in a seeded shuffle of the rows of its class.

    Args:
        codes: Class ids from 0, shape (rows,).
        seed: Seed of the shuffle.

    Returns:
        Places, shape (rows,), int64.
    """
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    counts = np.bincount(codes)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    ranks = np.empty(len(codes), dtype=np.int64)
    ranks[by_class] = np.arange(len(codes)) - starts
    return ranks


def _largest_remainder(counts: np.ndarray, total: int) -> np.ndarray:
    products = counts * total
    quotas, remainders = np.divmod(products, counts.sum())
    largest = np.argsort(-remainders, kind="stable")[: total - quotas.sum()]
    quotas[largest] += 1
    return quotas
