"""Statistics of raw texts, before any cleaning."""

import re
from collections.abc import Sequence

import pandas as pd

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_DIGIT = re.compile(r"\d")
_COLUMNS = (
    "characters",
    "words",
    "mean_word_length",
    "sentences",
    "uppercase_ratio",
    "digit_ratio",
)


def text_statistics(texts: Sequence[str | None]) -> pd.DataFrame:
    """Six numbers per text; a missing or blank text counts as empty and gives zeros.

    Returns:
        One row per text with the columns ``characters``, ``words`` (separated by white space),
        ``mean_word_length`` (characters), ``sentences``, ``uppercase_ratio`` and ``digit_ratio``
        (upper-case letters and digits per character).
    """
    rows = [_statistics(text if isinstance(text, str) else "") for text in texts]
    return pd.DataFrame(rows, columns=_COLUMNS, dtype="float64")


def _statistics(text: str) -> tuple[float, ...]:
    words = text.split()
    if not words:
        return (0.0,) * len(_COLUMNS)
    characters = len(text)
    unfinished = words[-1][-1] not in ".!?"
    return (
        characters,
        len(words),
        sum(map(len, words)) / len(words),
        len(_SENTENCE_END.findall(text)) + unfinished,
        sum(map(str.isupper, text)) / characters,
        len(_DIGIT.findall(text)) / characters,
    )
