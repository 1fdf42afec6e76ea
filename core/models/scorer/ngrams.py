"""The units of a text whose runs are the n-grams of scikit-learn's vectorizers.

Source: ``sklearn.feature_extraction.text.CountVectorizer`` (1.9) with its default token pattern.
"""

import re
from collections.abc import Callable, Sequence

from core.models.scorer.spec import Analyzer

Split = Callable[[str], Sequence[str]]

# The same matches as scikit-learn's (?u)\b\w\w+\b, in half the time.
_WORD = re.compile(r"\w\w+")
_TO_SPACE = bytes(ord(" ") if re.match(r"\W", chr(code)) else code for code in range(256))


def text_units(analyzer: Analyzer) -> Split:
    """Returns the function from a cleaned text to its units: words, or characters.

    Runs of units are the n-grams. White space in a cleaned text is single spaces between words.
    ``char_wb`` gives each word a space before and after it; an n-gram over two words would hold
    both spaces, and no vocabulary has such a term.
    """
    if analyzer == "word":
        return _words
    if analyzer == "char":
        return str
    return lambda text: f" {text.replace(' ', '  ')} " if text else ""


def term_units(analyzer: Analyzer) -> Split:
    """Returns the function from a term of a vocabulary to its units."""
    return str.split if analyzer == "word" else str


def _words(text: str) -> list[str]:
    if not text.isascii():
        return _WORD.findall(text)
    # The same words; a translated copy is split in half the time of the pattern.
    return [word for word in text.encode().translate(_TO_SPACE).decode().split() if len(word) > 1]
