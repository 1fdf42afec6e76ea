"""The first stage of every fitted text pipeline."""

from collections.abc import Iterable
from typing import Self

from sklearn.base import BaseEstimator, TransformerMixin

from core.models.sharing import map_texts
from core.models.text import CleaningOptions, compile_cleaner


class TextCleaner(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Cleans raw texts with ``core.models.text``; has no state to fit."""

    def __init__(self, options: CleaningOptions) -> None:
        self.options = options

    def fit(self, texts: Iterable[str], y: object = None) -> Self:
        return self

    def transform(self, texts: Iterable[str]) -> list[str]:
        """Returns one cleaned text for each of ``texts``; TypeError for a single string."""
        if isinstance(texts, str):
            raise TypeError("expected an iterable of texts, not one string")
        return map_texts(self.options, compile_cleaner(self.options), texts)

    def __sklearn_is_fitted__(self) -> bool:
        return True
