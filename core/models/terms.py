"""Which n-grams speak for a class."""

from collections import defaultdict

import numpy as np

from core.models.scorer.spec import FloatArray, HeadSpec, MemberSpec, ScorerSpec

Term = tuple[str, str]  # analyzer, n-gram: "a b" by words is not "a b" by characters


def top_terms(spec: ScorerSpec, count: int = 15) -> dict[str, list[tuple[str, float]]]:
    """Returns for each label the ``count`` n-grams that push most towards it, strongest first.

    The weight of a term is what one occurrence adds to a class's log-odds before normalisation,
    less the mean over the classes: coefficient times idf for logistic regression, the same times
    the slope of the class's sigmoid for a calibrated SVM, and log-probability times idf for naive
    Bayes. Only what sets a class apart is left, whichever the model. In a soft vote, each member's
    weights are divided by their root mean square, so that none counts for its scale, and averaged
    by the votes' weights; a term that a member doesn't know counts 0 there. Weights of 0 or less
    are left out.
    """
    totals: dict[Term, FloatArray] = defaultdict(lambda: np.zeros(len(spec.labels)))
    votes = sum(member.weight for member in spec.members)
    for member in spec.members:
        weights = term_weights(member)
        if len(spec.members) > 1:
            scale = np.sqrt(np.mean(weights**2)) or 1.0
            weights *= member.weight / votes / scale
        for term, row in zip(_terms(member), weights, strict=True):
            totals[term] += row
    names = [name for _, name in totals]
    matrix = np.array(list(totals.values()))
    return {
        label: _strongest(names, matrix[:, column], count)
        for column, label in enumerate(spec.labels)
    }


def term_weights(member: MemberSpec) -> FloatArray:
    """Returns the weights of one member's terms, shape (n_terms, n_classes); rows sum to 0."""
    per_class = _log_odds(member.head)
    idf = [
        np.ones(len(vectorizer.terms)) if vectorizer.idf is None else vectorizer.idf
        for vectorizer in member.vectorizers
    ]
    weights: FloatArray = per_class - per_class.mean(axis=1, keepdims=True)
    return weights * np.concatenate(idf)[:, np.newaxis]


def _log_odds(head: HeadSpec) -> FloatArray:
    """Coefficients in log-odds; a single output becomes one column for each of two classes."""
    # Platt's sigmoid is 1 / (1 + exp(a * score + b)), so that -a scales the score to log-odds.
    scale = 1.0 if head.sigmoids is None else -head.sigmoids[0]
    coefficients: FloatArray = head.coefficients * scale
    if coefficients.shape[1] == 1:
        return np.hstack([-coefficients, coefficients]) / 2
    return coefficients


def _terms(member: MemberSpec) -> list[Term]:
    return [
        (vectorizer.analyzer, term)
        for vectorizer in member.vectorizers
        for term in vectorizer.terms
    ]


def _strongest(names: list[str], weights: FloatArray, count: int) -> list[tuple[str, float]]:
    order = np.argsort(-weights, kind="stable")[:count]
    return [(names[row], float(weights[row])) for row in order if weights[row] > 0]
