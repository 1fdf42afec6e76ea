"""scikit-learn's text vectorizers: reproducible pickles, and work that training shares."""

import pickle
from collections.abc import Iterable
from typing import Any, ClassVar

from scipy import sparse
from sklearn.feature_extraction import text

from core.models.sharing import Shared, active_store, content_key
from core.models.term_rows import TermRows

# What says which terms a text has; the others say what becomes of their counts.
_ANALYSIS = (
    "analyzer", "decode_error", "encoding", "lowercase", "ngram_range", "preprocessor",
    "stop_words", "strip_accents", "token_pattern", "tokenizer",
)  # fmt: skip


class _SharedTerms(Shared):
    """Finds the terms of each text once, and pickles to the same bytes in every process."""

    _kept_whole: ClassVar[tuple[str, ...]] = ("vocabulary_",)

    def __getstate__(self) -> dict[str, Any]:
        # scikit-learn caches a memory address.
        state = {k: v for k, v in super().__getstate__().items() if k != "_stop_words_id"}
        if "vocabulary_" in state:
            # A pickle says which texts are one object, so each gets texts of its own.
            own = {(term + " ")[:-1]: int(number) for term, number in state["vocabulary_"].items()}
            state["vocabulary_"] = own
        return state

    def _count_vocab(
        self, texts: Iterable[str], fixed_vocab: bool
    ) -> tuple[dict[str, int], sparse.csr_array]:
        store = active_store()
        if store is None:
            counted: tuple[Any, Any] = super()._count_vocab(texts, fixed_vocab)  # type: ignore[misc]
            return counted
        parameters: dict[str, Any] = self.get_params()  # type: ignore[attr-defined]
        settings = content_key(pickle.dumps([parameters[name] for name in _ANALYSIS]))
        given = list(texts)
        found: tuple[dict[str, int], sparse.csr_array] = store.grow(
            ("terms", settings), TermRows, lambda rows: self._counted(rows, given, fixed_vocab)
        )
        return found

    def _counted(
        self, rows: TermRows, texts: list[str], fixed_vocab: bool
    ) -> tuple[dict[str, int], sparse.csr_array]:
        rows.add(texts, self.build_analyzer())  # type: ignore[attr-defined]
        dtype = self.dtype  # type: ignore[attr-defined]
        if fixed_vocab:
            known: dict[str, int] = self.vocabulary_  # type: ignore[attr-defined]
            return known, rows.counted(texts, known, dtype)
        vocabulary, counts = rows.fitted(texts, dtype)
        if not vocabulary:
            raise ValueError("empty vocabulary; no text has a term")
        return vocabulary, counts


class CountVectorizer(_SharedTerms, text.CountVectorizer):  # type: ignore[misc]
    """``sklearn.feature_extraction.text.CountVectorizer`` with a reproducible pickle."""


class TfidfVectorizer(_SharedTerms, text.TfidfVectorizer):  # type: ignore[misc]
    """``sklearn.feature_extraction.text.TfidfVectorizer`` with a reproducible pickle."""
