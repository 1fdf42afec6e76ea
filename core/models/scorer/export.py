"""From a fitted scikit-learn pipeline to what is served: plain numbers wherever possible."""

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.feature_extraction import text
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from core.errors import UnsupportedModelError
from core.models.cleaner import TextCleaner
from core.models.scorer.estimator import pickle_estimator
from core.models.scorer.spec import (
    FloatArray,
    HeadKind,
    HeadSpec,
    MemberSpec,
    PickledModel,
    ScorerSpec,
    ServedModel,
    VectorizerSpec,
)
from core.models.text import CleaningOptions
from core.models.transformer import TransformerClassifier
from core.models.vectorizers import CountVectorizer, TfidfVectorizer

Stage = tuple[str, BaseEstimator]

# The scorer does what these settings mean, and no others.
_COUNT_SETTINGS = {
    "vocabulary": None,
    "binary": False,
    "input": "content",
    "lowercase": False,
    "preprocessor": None,
    "stop_words": None,
    "strip_accents": None,
    "token_pattern": r"(?u)\b\w\w+\b",
    "tokenizer": None,
}
_TFIDF_SETTINGS = _COUNT_SETTINGS | {"norm": "l2", "use_idf": True}
_ANALYZERS = ("word", "char", "char_wb")


def export_model(estimator: Pipeline, labels: Sequence[str]) -> ServedModel:
    """Returns plain numbers, or the pickled pipeline where the exact scorer does not know it.

    Args:
        estimator: Fitted on class ids 0 to k - 1; its first stage is a ``TextCleaner``.
        labels: k class names in the order of their ids.

    Raises:
        UnsupportedModelError: It is no such pipeline.
    """
    cleaning = _cleaning(estimator, labels)
    try:
        return export_scorer(estimator, labels)
    except UnsupportedModelError:
        return pickle_estimator(estimator, labels, cleaning)


def export_scorer(estimator: Pipeline, labels: Sequence[str]) -> ScorerSpec:
    """Returns what ``ExactScorer`` needs to give the estimator's own probabilities.

    Args:
        estimator: As for ``export_model``.
        labels: As for ``export_model``.

    Raises:
        UnsupportedModelError: A stage or a setting is one that the scorer does not know.
    """
    cleaning = _cleaning(estimator, labels)
    return ScorerSpec(tuple(labels), cleaning, _members(estimator.steps[1:]))


def export_table(estimator: Pipeline, labels: Sequence[str], target: str) -> PickledModel:
    """Returns the pickled pipeline of a table with the columns that it takes.

    Args:
        estimator: Fitted, on class ids 0 to k - 1 or on quantities, and then calibrated; its first
            stage is a ``TableEncoder``.
        labels: k class names in the order of their ids; empty where it predicts a quantity.
        target: Name of the predicted column.
    """
    encoder, model = estimator.steps[0][1], estimator.steps[-1][1]
    if labels:
        _require_ids(estimator, labels)
    return pickle_estimator(
        estimator,
        labels,
        encoder.options.cleaning,
        features=encoder.features_,
        target=target,
        interval=None if labels else model.interval_,
    )


def vocabulary(estimator: Pipeline) -> list[str]:
    """Returns the terms that a fitted pipeline knows, sorted, each once."""
    if isinstance(transformer := estimator.steps[-1][1], TransformerClassifier):
        return transformer.words
    return sorted(
        {term for fitted in _fitted_vectorizers(estimator) for term in fitted.vocabulary_}
    )


def _fitted_vectorizers(stage: BaseEstimator) -> Iterator[text.CountVectorizer]:
    """Yields all vectorizers in a stage, however deep; TF-IDF is a ``CountVectorizer`` too."""
    match stage:
        case text.CountVectorizer():
            yield stage
        case Pipeline(steps=named) | FeatureUnion(transformer_list=named):
            for _, part in named:
                yield from _fitted_vectorizers(part)
        case VotingClassifier(estimators_=parts) | StackingClassifier(estimators_=parts):
            for part in parts:
                yield from _fitted_vectorizers(part)


def _cleaning(estimator: Pipeline, labels: Sequence[str]) -> CleaningOptions:
    _require(type(estimator) is Pipeline, f"{type(estimator).__name__} is not a Pipeline")
    (_, cleaner), *_ = estimator.steps
    _require(type(cleaner) is TextCleaner, "the first stage is not a TextCleaner")
    _require_ids(estimator, labels)
    options: CleaningOptions = cleaner.options
    return options


def _require_ids(estimator: Pipeline, labels: Sequence[str]) -> None:
    _require(
        np.array_equal(estimator.classes_, np.arange(len(labels))),
        f"classes {list(estimator.classes_)} are not the ids of {len(labels)} labels",
    )


def _members(stages: list[Stage]) -> tuple[MemberSpec, ...]:
    if [type(stage) for _, stage in stages] == [VotingClassifier]:
        return _votes(stages[0][1])
    return (_member(stages, 1.0),)


def _votes(vote: VotingClassifier) -> tuple[MemberSpec, ...]:
    _require(vote.voting == "soft", "only a soft vote has probabilities")
    _require(len(vote.estimators) == len(vote.estimators_), "a vote has a dropped member")
    for member in vote.estimators_:
        _require(type(member) is Pipeline, f"a vote has a {type(member).__name__} as member")
    weights = [1.0] * len(vote.estimators_) if vote.weights is None else vote.weights
    return tuple(
        _member(member.steps, float(weight))
        for member, weight in zip(vote.estimators_, weights, strict=True)
    )


def _member(stages: list[Stage], weight: float) -> MemberSpec:
    names = [type(stage).__name__ for _, stage in stages]
    _require(len(stages) == 2, f"expected a vectorizer and a classifier, not {names}")
    (_, features), (_, classifier) = stages
    return MemberSpec(_vectorizers(features), _head(classifier), weight)


def _vectorizers(features: BaseEstimator) -> tuple[VectorizerSpec, ...]:
    if type(features) is not FeatureUnion:
        return (_vectorizer(features),)
    _require(features.transformer_weights is None, "a FeatureUnion has transformer_weights")
    return tuple(_vectorizer(vectorizer) for _, vectorizer in features.transformer_list)


def _vectorizer(vectorizer: BaseEstimator) -> VectorizerSpec:
    is_tfidf = type(vectorizer) is TfidfVectorizer
    _require(
        is_tfidf or type(vectorizer) is CountVectorizer,
        f"{type(vectorizer).__module__}.{type(vectorizer).__name__} is an unknown vectorizer",
    )
    _require(vectorizer.analyzer in _ANALYZERS, f"analyzer {vectorizer.analyzer!r} is unknown")
    for name, value in (_TFIDF_SETTINGS if is_tfidf else _COUNT_SETTINGS).items():
        found = getattr(vectorizer, name)
        _require(found == value, f"a vectorizer has {name}={found!r}, not {value!r}")
    return VectorizerSpec(
        analyzer=vectorizer.analyzer,
        ngram_range=tuple(vectorizer.ngram_range),
        terms=tuple(map(str, vectorizer.get_feature_names_out())),
        idf=np.array(vectorizer.idf_, dtype=np.float64) if is_tfidf else None,
        sublinear_tf=is_tfidf and vectorizer.sublinear_tf,
    )


def _head(classifier: BaseEstimator) -> HeadSpec:
    kind = type(classifier)
    if kind is LogisticRegression:
        link: HeadKind = "logistic" if len(classifier.classes_) == 2 else "softmax"
        return HeadSpec(link, _by_feature(classifier.coef_), classifier.intercept_.copy())
    if kind is MultinomialNB:
        log_probabilities = _by_feature(classifier.feature_log_prob_)
        return HeadSpec("naive_bayes", log_probabilities, classifier.class_log_prior_.copy())
    if kind is ComplementNB:  # Has no prior: Rennie et al. (2003).
        weights = _by_feature(classifier.feature_log_prob_)
        return HeadSpec("naive_bayes", weights, np.zeros(len(classifier.classes_)))
    if kind is CalibratedClassifierCV:
        return _calibrated_head(classifier)
    raise UnsupportedModelError(f"the exact scorer does not know the classifier {kind.__name__}")


def _calibrated_head(classifier: CalibratedClassifierCV) -> HeadSpec:
    _require(classifier.method == "sigmoid", f"calibration by {classifier.method!r} is unknown")
    fitted = classifier.calibrated_classifiers_
    _require(len(fitted) == 1, "calibration has several classifiers; it needs ensemble=False")
    svm = fitted[0].estimator
    _require(type(svm) is LinearSVC, f"calibration of {type(svm).__name__} is unknown")
    sigmoids = np.array([(sigmoid.a_, sigmoid.b_) for sigmoid in fitted[0].calibrators]).T
    intercepts = np.broadcast_to(svm.intercept_, len(svm.coef_)).astype(np.float64)
    return HeadSpec("calibrated", _by_feature(svm.coef_), intercepts, sigmoids.copy())


def _by_feature(coefficients: FloatArray) -> FloatArray:
    return np.ascontiguousarray(coefficients.T, dtype=np.float64)


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise UnsupportedModelError(f"the exact scorer can't take this model: {problem}")
