"""Class probabilities from linear scores, each as its scikit-learn 1.9 classifier does it."""

import numpy as np

from core.models.scorer.spec import FloatArray, HeadSpec


def head_probabilities(scores: FloatArray, head: HeadSpec) -> FloatArray:
    """Returns probabilities, shape (n, n_classes), of linear scores, shape (n, n_outputs)."""
    match head.kind:
        case "softmax":
            return _softmax(scores)
        case "logistic":
            return _with_complement(_sigmoid_of_minus(-scores))
        case "naive_bayes":
            return _naive_bayes(scores)
        case "calibrated":
            return _calibrated(scores, head)


def _softmax(scores: FloatArray) -> FloatArray:
    """``LogisticRegression.predict_proba`` for three classes or more."""
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: FloatArray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def _naive_bayes(scores: FloatArray) -> FloatArray:
    """``predict_proba`` of a discrete naive Bayes classifier, by its log-sum-exp."""
    largest = scores.max(axis=1, keepdims=True)
    is_largest = scores == largest
    ties = is_largest.sum(axis=1, keepdims=True)
    others = np.exp(np.where(is_largest, -np.inf, scores) - largest).sum(axis=1, keepdims=True)
    # The additions keep this order: at -1e6, one rounding more would show in the probabilities.
    log_evidence = np.log1p(others / ties) + np.log(ties) + largest
    probabilities: FloatArray = np.exp(scores - log_evidence)
    return probabilities


def _calibrated(scores: FloatArray, head: HeadSpec) -> FloatArray:
    """``CalibratedClassifierCV(method="sigmoid", ensemble=False).predict_proba``."""
    assert head.sigmoids is not None
    slopes, offsets = head.sigmoids
    probabilities = _sigmoid_of_minus(slopes * scores + offsets)
    if probabilities.shape[1] == 1:
        return _with_complement(probabilities)
    total = probabilities.sum(axis=1, keepdims=True)
    is_zero = total == 0.0  # All classes are 0 then, and get equal probabilities.
    classes = probabilities.shape[1]
    normalised: FloatArray = (probabilities + is_zero) / (total + is_zero * classes)
    return normalised


def _sigmoid_of_minus(scores: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):  # exp overflows to infinity, and the result is 0 as it should.
        result: FloatArray = 1.0 / (1.0 + np.exp(scores))
    return result


def _with_complement(positive: FloatArray) -> FloatArray:
    """Both probabilities of a binary problem from the one of class 1."""
    return np.hstack([1.0 - positive, positive])
