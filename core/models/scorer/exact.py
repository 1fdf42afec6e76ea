"""The served scorer: a fitted text model's own probabilities from array look-ups.

Sums run in scikit-learn's order (terms by column, one after another), so that the results are the
same to the last bits and near ties fall on the same side. One text is a batch of one. Thread-safe.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import cast

import numpy as np

from core.features import Feature
from core.models.scorer.heads import head_probabilities
from core.models.scorer.protocol import MemberExplanation
from core.models.scorer.spec import FloatArray, Interval, MemberSpec, ScorerSpec, VectorizerSpec
from core.models.scorer.vocabulary import IntArray, Vocabulary
from core.models.text import compile_cleaner

Features = tuple[IntArray, IntArray, FloatArray]

_TEXTS_AT_ONCE = 128  # Bounds memory, and keeps temporary arrays in the processor's cache.


class ExactScorer:
    """Scores raw texts as the estimator does that ``spec`` was exported from."""

    features: tuple[Feature, ...] = ()
    target = "label"
    interval: Interval | None = None

    def __init__(self, spec: ScorerSpec) -> None:
        self.spec = spec
        self.labels = spec.labels
        self._clean = compile_cleaner(spec.cleaning)
        self._members = [_Member(member) for member in spec.members]
        self._weights = [member.weight for member in spec.members]

    def outputs(self, texts: Sequence[str]) -> FloatArray:
        """Returns class probabilities, shape (len(texts), len(labels))."""
        if len(texts) <= _TEXTS_AT_ONCE:
            return self._outputs_of(texts)
        starts = range(0, len(texts), _TEXTS_AT_ONCE)
        parts = [self._outputs_of(texts[start : start + _TEXTS_AT_ONCE]) for start in starts]
        return np.concatenate(parts)

    def outputs_one(self, text: str) -> FloatArray:
        """Returns the class probabilities of one text, shape (len(labels),)."""
        probabilities: FloatArray = self._outputs_of((text,))[0]
        return probabilities

    def explain(self, text: str, label_id: int) -> tuple[MemberExplanation, ...]:
        """Returns each member's linear score of a class, split by the n-grams of the text.

        The scores are those that become probabilities: log-odds, distances to the SVM's plane, or
        joint log-likelihoods of naive Bayes, these less their mean over the classes, since every
        word makes every class less likely. Where a binary classifier has one score, that of class
        1, class 0 gets its negation.

        Raises:
            ValueError: There is no such label.
        """
        if not 0 <= label_id < len(self.labels):
            raise ValueError(f"label_id {label_id} is not one of 0 to {len(self.labels) - 1}")
        cleaned = self._clean(text)
        total = sum(self._weights)
        return tuple(
            member.explain(cleaned, label_id, weight / total)
            for member, weight in zip(self._members, self._weights, strict=True)
        )

    def _outputs_of(self, texts: Sequence[str]) -> FloatArray:
        cleaned = [self._clean(text) for text in texts]
        if len(self._members) == 1:
            return self._members[0].predict_proba(cleaned)
        votes = [member.predict_proba(cleaned) for member in self._members]
        return np.average(np.asarray(votes), axis=0, weights=self._weights)


class _Member:
    def __init__(self, spec: MemberSpec) -> None:
        self._spec = spec
        self._vectorizers = [_Vectorizer(vectorizer) for vectorizer in spec.vectorizers]
        sizes = [len(vectorizer.terms) for vectorizer in spec.vectorizers]
        self._offsets = [sum(sizes[:number]) for number in range(len(sizes))]
        self._head = spec.head
        self._outputs = np.arange(spec.head.intercepts.size)

    def predict_proba(self, cleaned: Sequence[str]) -> FloatArray:
        return head_probabilities(self._scores(cleaned, self._features(cleaned)), self._head)

    def explain(self, cleaned: str, label_id: int, weight: float) -> MemberExplanation:
        features = self._features((cleaned,))
        _, columns, values = features
        direction = self._direction(label_id)
        added = (self._head.coefficients[columns] @ direction) * values
        largest_first = np.argsort(-np.abs(added), kind="stable")
        terms = map(self._term, columns[largest_first].tolist())
        return MemberExplanation(
            weight=weight,
            score=float(self._scores((cleaned,), features)[0] @ direction),
            intercept=float(self._head.intercepts @ direction),
            contributions=tuple(zip(terms, added[largest_first].tolist(), strict=True)),
        )

    def _direction(self, label_id: int) -> FloatArray:
        """Returns what a row of scores is multiplied by to give the score of one class."""
        if self._outputs.size == 1:
            return np.array([2.0 * label_id - 1.0])
        chosen: FloatArray = (self._outputs == label_id).astype(np.float64)
        if self._head.kind == "naive_bayes":
            chosen -= 1 / chosen.size
        return chosen

    def _term(self, column: int) -> str:
        number = bisect_right(self._offsets, column) - 1
        return self._spec.vectorizers[number].terms[column - self._offsets[number]]

    def _scores(self, cleaned: Sequence[str], features: Features) -> FloatArray:
        """Returns the linear scores, shape (len(cleaned), n_outputs)."""
        rows, columns, values = features
        products = self._head.coefficients.take(columns, axis=0)
        products *= values[:, np.newaxis]
        return self._sums(rows, products, len(cleaned)) + self._head.intercepts

    def _sums(self, rows: IntArray, products: FloatArray, count: int) -> FloatArray:
        """Adds the products of each row strictly in order; numpy.sum may add pairwise."""
        if count == 1 and rows.size:
            total: FloatArray = np.add.accumulate(products, axis=0)[-1:]
            return total
        width = self._outputs.size
        cells = (rows * width)[:, np.newaxis] + self._outputs
        sums = np.bincount(cells.ravel(), products.ravel(), count * width)
        return cast(FloatArray, sums.reshape(count, width))

    def _features(self, cleaned: Sequence[str]) -> Features:
        """Returns text number, column and value of each non-zero feature, by column in a text."""
        if len(self._vectorizers) == 1:
            return self._vectorizers[0](cleaned)
        rows, columns, values = zip(*(call(cleaned) for call in self._vectorizers), strict=True)
        shifted = [part + offset for part, offset in zip(columns, self._offsets, strict=True)]
        return np.concatenate(rows), np.concatenate(shifted), np.concatenate(values)


class _Vectorizer:
    def __init__(self, spec: VectorizerSpec) -> None:
        self._spec = spec
        self._vocabulary = Vocabulary(spec.analyzer, spec.terms)

    def __call__(self, cleaned: Sequence[str]) -> Features:
        rows, columns, counts = self._vocabulary.count(cleaned)
        values = counts.astype(np.float64)
        if self._spec.sublinear_tf:
            values = np.log(values) + 1.0
        if self._spec.idf is not None:
            values *= self._spec.idf.take(columns)
            # bincount adds strictly in order, too.
            values /= np.sqrt(np.bincount(rows, values * values, len(cleaned))).take(rows)
        return rows, columns, values
