"""The n-grams of a text, exactly as scikit-learn's vectorizers count them.

Source: ``sklearn.feature_extraction.text.CountVectorizer`` (1.9) with its default token pattern.
The order of the n-grams differs; only their counts matter.
"""

import re
from collections.abc import Callable

from core.models.scorer.spec import Analyzer

# The same matches as scikit-learn's (?u)\b\w\w+\b, in half the time.
_TOKEN = re.compile(r"\w\w+")
_SPACES = re.compile(r"\s\s+")


def ngram_function(analyzer: Analyzer, ngram_range: tuple[int, int]) -> Callable[[str], list[str]]:
    """Returns the function from a cleaned text to its n-grams, repeated as they occur."""
    shortest, longest = ngram_range
    sizes = range(shortest, longest + 1)
    ngrams = {"word": _word_ngrams, "char": _char_ngrams, "char_wb": _char_wb_ngrams}[analyzer]
    return lambda text: ngrams(text, sizes)


def _word_ngrams(text: str, sizes: range) -> list[str]:
    tokens = _TOKEN.findall(text)
    ngrams = tokens.copy() if 1 in sizes else []
    for size in sizes:
        if size > 1:
            windows = zip(*(tokens[start:] for start in range(size)), strict=False)
            ngrams += map(" ".join, windows)
    return ngrams


def _char_ngrams(text: str, sizes: range) -> list[str]:
    text = _SPACES.sub(" ", text)
    return [text[start : start + size] for size in sizes for start in range(len(text) - size + 1)]


def _char_wb_ngrams(text: str, sizes: range) -> list[str]:
    ngrams: list[str] = []
    for word in text.split():
        padded = f" {word} "
        for size in sizes:
            last = len(padded) - size
            ngrams += [padded[start : start + size] for start in range(max(last, 0) + 1)]
            if last <= 0:  # A word no longer than n counts once, not again for each larger n.
                break
    return ngrams
