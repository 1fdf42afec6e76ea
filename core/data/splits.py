"""Train, validation and test rows."""

from collections.abc import Sequence

import numpy as np

from core.config.data import SplitShares
from core.data.sampling import ranks_in_class
from core.errors import DataError

_FEWEST_ROWS = 3  # one for each split


def stratified_split(
    y: np.ndarray, shares: SplitShares, seed: int, labels: Sequence[str]
) -> dict[str, np.ndarray]:
    """Splits rows so that every class is in every split, with the given shares.

    Within a class, validation and test get their rounded shares (at least one row), train the rest.

    Args:
        y: Class ids, shape (rows,), int64.
        shares: Shares of the splits.
        seed: Seed of the choice.
        labels: Class names in id order.

    Returns:
        Row numbers in ascending order for ``train``, ``validation`` and ``test``; disjoint, and
        together all rows.

    Raises:
        DataError: A class has fewer than three rows.
    """
    counts = np.bincount(y, minlength=len(labels))
    _require_rows(counts, labels)
    validation = np.clip(np.rint(counts * shares.validation).astype(np.int64), 1, counts - 2)
    test = np.clip(np.rint(counts * shares.test).astype(np.int64), 1, counts - validation - 1)
    ranks = ranks_in_class(y, seed)
    in_validation = ranks < validation[y]
    in_test = ~in_validation & (ranks < (validation + test)[y])
    return {
        "train": np.flatnonzero(~in_validation & ~in_test),
        "validation": np.flatnonzero(in_validation),
        "test": np.flatnonzero(in_test),
    }


def quantile_strata(values: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Up to ten groups of equally many rows by the size of a quantity, at least 20 rows each.

    Args:
        values: Finite numbers, shape (rows,).
        name: Name of the quantity.

    Returns:
        The group of each row, int64, shape (rows,), and the groups' names.

    Raises:
        DataError: There are fewer than three rows.
    """
    if len(values) < _FEWEST_ROWS:
        raise DataError(
            f"data.label: {len(values)} different rows have a number in {name!r}, too few for "
            "train, validation and test: give more rows"
        )
    groups = int(np.clip(len(values) // 20, 1, 10))
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks * groups // len(values), tuple(f"{name} {group}" for group in range(groups))


def _require_rows(counts: np.ndarray, labels: Sequence[str]) -> None:
    for label, count in zip(labels, counts, strict=True):
        if count < _FEWEST_ROWS:
            raise DataError(
                f"class {label!r} has {count} rows, too few for train, validation and test: "
                f"add rows of it, raise data.limit, or take it out of data.labels and the data"
            )
