"""When two texts count as the same."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np


def normalise_text(text: str) -> str:
    """A text without what does not change its meaning.

    NFKC (Unicode Standard Annex 15; folds full-width forms and ligatures), case folding, runs of
    white space as one space, none at the ends.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def duplicate_rows(texts: Sequence[object]) -> np.ndarray:
    """Marks the rows whose normalised text appeared in an earlier row.

    Args:
        texts: Texts; anything that is no string is missing, and never a duplicate.

    Returns:
        A mask, shape (rows,), bool.
    """
    seen: set[str] = set()
    mask = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        if isinstance(text, str):
            key = normalise_text(text)
            mask[row] = key in seen
            seen.add(key)
    return mask


class Leak(NamedTuple):
    """A row whose normalised text is in an earlier split too."""

    first_split: str
    first_row: int
    split: str
    row: int


def leaked_rows(splits: Mapping[str, Sequence[object]]) -> list[Leak]:
    """Finds the rows that repeat a text of an earlier split.

    Args:
        splits: Texts of each split, such as train, validation, test in this order.

    Returns:
        One entry per repeating row, with the first place of its text; rows count from 0.
    """
    seen: dict[str, tuple[str, int]] = {}
    leaks = []
    for split, texts in splits.items():
        for row, text in enumerate(texts):
            if isinstance(text, str):
                first = seen.setdefault(normalise_text(text), (split, row))
                if first[0] != split:
                    leaks.append(Leak(*first, split, row))
    return leaks
