"""Text columns of a table: cleaned and counted as a text model does."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import FeatureUnion

from core.models.cleaner import TextCleaner
from core.models.text import CleaningOptions

EXAMPLE_TERMS = 12


class TextColumn:
    """One column; a missing text has no terms.

    Attributes:
        names: Of the output columns; none if the column does not vary.
        example: A made-up text: the terms that most training rows have.
    """

    def __init__(self, name: str, cleaning: CleaningOptions, vectorizer: BaseEstimator) -> None:
        self._name = name
        # A copy, so that a pickle is the same bytes whether or not this column was copied.
        self._cleaner = TextCleaner(replace(cleaning))
        self._vectorizer = clone(vectorizer)
        self.names: tuple[str, ...] = ()
        self.example = ""

    def fit_transform(self, values: Sequence[str | None]) -> sparse.csr_matrix:
        """Returns shape (len(values), len(names)); ValueError for an empty vocabulary."""
        cleaned = self._clean(values)
        if len(set(cleaned)) < 2:
            return self._nothing(len(values))
        matrix = self._vectorizer.fit_transform(cleaned).tocsr()
        terms = _terms(self._vectorizer)
        self.names = tuple(f"{self._name}: {term}" for _, term in terms)
        rows = np.bincount(matrix.indices, minlength=len(terms))
        self.example = _frequent(terms, rows)
        return matrix

    def transform(self, values: Sequence[str | None]) -> sparse.csr_matrix:
        """Returns shape (len(values), len(names))."""
        if not self.names:
            return self._nothing(len(values))
        return self._vectorizer.transform(self._clean(values)).tocsr()

    def _clean(self, values: Sequence[str | None]) -> list[str]:
        return self._cleaner.transform([value or "" for value in values])

    def _nothing(self, rows: int) -> sparse.csr_matrix:
        return sparse.csr_matrix((rows, 0), dtype=np.float64)


def _terms(vectorizer: BaseEstimator) -> list[tuple[str, str]]:
    """Analyzer and n-gram of each column."""
    if isinstance(vectorizer, FeatureUnion):
        return [term for _, part in vectorizer.transformer_list for term in _terms(part)]
    return [(vectorizer.analyzer, str(term)) for term in vectorizer.get_feature_names_out()]


def _frequent(terms: list[tuple[str, str]], rows: NDArray[np.int64]) -> str:
    """The terms with most rows, as a text; of words, where there are any."""
    order = np.argsort(-rows, kind="stable").tolist()
    words = [column for column in order if terms[column][0] == "word"]
    frequent = [terms[column][1] for column in (words or order)[:EXAMPLE_TERMS]]
    return " ".join(" ".join(frequent).split())
