"""Text cleaning, shared by the fitted pipeline's first stage and the served scorer.

Imports only the standard library, so that serving needs nothing else. Every step takes time linear
in the length of the text. Cleaned text is input for a model; it is not safe HTML.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Self

from core.errors import GatehouseError

Transform = Callable[[str], str]

_SURROGATE = re.compile("[\ud800-\udfff]")
# Bounded, unlike html.unescape's own pattern, which raises on an entity of 5,000 digits.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>]+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class CleaningOptions:
    """What cleaning does, in the order of ``clean_text``; ``stopwords`` is the list to drop."""

    lowercase: bool = True
    strip_html: bool = True
    strip_urls: bool = True
    strip_punctuation: bool = False
    strip_numbers: bool = False
    stopwords: tuple[str, ...] = field(default=(), repr=False)
    lemmatize: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Returns JSON-ready values; ``from_dict`` takes them back."""
        return asdict(self) | {"stopwords": list(self.stopwords)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Builds options from ``to_dict``'s values; TypeError for an unknown key."""
        return cls(**values | {"stopwords": tuple(values.get("stopwords", ()))})


def clean_text(text: str, options: CleaningOptions) -> str:
    """Cleans one text. The order of the steps is fixed.

    1. Lone surrogates, which no encoding can carry, become U+FFFD.
    2. ``strip_html``: entities are unescaped once, then tags become spaces.
    3. ``strip_urls``: addresses that begin with http://, https:// or www. become spaces.
    4. ``lowercase``: ``str.lower``.
    5. ``strip_numbers``: runs of digits become spaces.
    6. ``strip_punctuation``: Unicode punctuation and symbols (categories P and S) become spaces.
    7. ``stopwords``: words in the list are dropped, whatever their case.
    8. ``lemmatize``: English words become their lemmas (simplemma).
    9. Runs of white space become one space; none is left at the ends.

    Raises:
        GatehouseError: ``lemmatize`` is on and simplemma is not installed.
    """
    return compile_cleaner(options)(text)


@lru_cache(maxsize=16)
def compile_cleaner(options: CleaningOptions) -> Transform:
    """Returns ``clean_text`` for these options, with everything looked up beforehand."""
    choices: list[tuple[bool, Transform]] = [
        (True, _replace_surrogates),
        (options.strip_html, _strip_html),
        (options.strip_urls, _strip_urls),
        (options.lowercase, str.lower),
        (options.strip_numbers, lambda text: _NUMBER.sub(" ", text)),
        (options.strip_punctuation, lambda text: text.translate(_PUNCTUATION_TO_SPACE)),
        (bool(options.stopwords), _stopword_filter(options.stopwords)),
    ]
    steps = [step for chosen, step in choices if chosen]
    if options.lemmatize:
        steps.append(_lemmatizer(options.lowercase))

    def clean(text: str) -> str:
        for step in steps:
            text = step(text)
        return " ".join(text.split())

    return clean


class _PunctuationToSpace(dict[int, int]):
    """A ``str.translate`` table that looks a character's category up when it is first seen."""

    def __missing__(self, code: int) -> int:
        self[code] = ord(" ") if unicodedata.category(chr(code))[0] in "PS" else code
        return self[code]


_PUNCTUATION_TO_SPACE = _PunctuationToSpace()


def _replace_surrogates(text: str) -> str:
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _strip_html(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    return _TAG.sub(" ", text) if "<" in text else text


def _strip_urls(text: str) -> str:
    # Most texts have no address, and looking for one first is ten times faster than the pattern.
    if "://" not in text and "www." not in text.lower():
        return text
    return _URL.sub(" ", text)


def _stopword_filter(stopwords: tuple[str, ...]) -> Transform:
    dropped = frozenset(stopwords)

    def keep(match: re.Match[str]) -> str:
        return "" if match[0].lower() in dropped else match[0]

    return lambda text: _WORD.sub(keep, text)


def _lemmatizer(lowercase: bool) -> Transform:
    try:
        from simplemma import lemmatize
    except ImportError as error:
        raise GatehouseError(
            "preprocessing.lemmatize needs simplemma: make setup EXTRAS=lemmas"
        ) from error

    def lemma(match: re.Match[str]) -> str:
        found = lemmatize(match[0], lang="en")
        return found.lower() if lowercase else found

    return lambda text: _WORD.sub(lemma, text)
