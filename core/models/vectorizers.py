"""scikit-learn's text vectorizers, whose pickles are the same bytes in every process."""

from typing import Any

from sklearn.feature_extraction import text


class _StableState:
    """Keeps a memory address, which scikit-learn caches under this name, out of the state."""

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_stop_words_id"}


class CountVectorizer(_StableState, text.CountVectorizer):  # type: ignore[misc]
    """``sklearn.feature_extraction.text.CountVectorizer`` with a reproducible pickle."""


class TfidfVectorizer(_StableState, text.TfidfVectorizer):  # type: ignore[misc]
    """``sklearn.feature_extraction.text.TfidfVectorizer`` with a reproducible pickle."""
