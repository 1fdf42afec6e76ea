"""From a candidate of the config to an unfitted scikit-learn pipeline, and its fit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from core.config.candidates import (
    Candidate,
    ComplementNbModel,
    LinearSvmModel,
    LogisticRegressionModel,
    MultinomialNbModel,
    RandomForestModel,
    SoftVoteCandidate,
    TextModel,
    VectorizerConfig,
)
from core.config.data import PreprocessingConfig
from core.errors import DataError
from core.models.cleaner import TextCleaner
from core.models.text import CleaningOptions
from core.models.vectorizers import CountVectorizer, TfidfVectorizer

Stage = tuple[str, BaseEstimator]


def build_estimator(
    candidate: Candidate, preprocessing: PreprocessingConfig, seed: int
) -> Pipeline:
    """Returns the unfitted pipeline of a candidate: clean, vectorize, classify.

    It takes raw texts. The same data and seed give the same fitted bytes.
    """
    clean = ("clean", TextCleaner(cleaning_options(preprocessing)))
    if isinstance(candidate, SoftVoteCandidate):
        return Pipeline([clean, ("vote", _vote(candidate, seed))])
    return Pipeline([clean, *_stages(candidate, seed)])


def fit_estimator(estimator: Pipeline, texts: Sequence[str], y: NDArray[np.int64]) -> Pipeline:
    """Fits in place and returns the estimator.

    Args:
        estimator: From ``build_estimator``.
        texts: n raw texts.
        y: n class ids, 0 to k - 1, each at least once.

    Raises:
        DataError: The texts or classes are not enough for this estimator.
    """
    if len(np.unique(y)) < 2:
        raise DataError("the training rows have one class only; check data.label and data.limit")
    try:
        return estimator.fit(texts, y)
    except ValueError as error:
        if explanation := _explanation(str(error), y):
            raise DataError(explanation) from error
        raise


def cleaning_options(preprocessing: PreprocessingConfig) -> CleaningOptions:
    """Returns the options of the section, with scikit-learn's stop words written out."""
    stopwords = tuple(sorted(ENGLISH_STOP_WORDS)) if preprocessing.stopwords else ()
    return CleaningOptions(**preprocessing.model_dump() | {"stopwords": stopwords})


def _vote(candidate: SoftVoteCandidate, seed: int) -> VotingClassifier:
    members = [
        (f"{member.model}_{number}", Pipeline(_stages(member, seed)))
        for number, member in enumerate(candidate.members, start=1)
    ]
    weights = [member.weight for member in candidate.members]
    return VotingClassifier(members, voting="soft", weights=weights)


def _stages(model: TextModel, seed: int) -> list[Stage]:
    return [("vectorizer", _features(model.vectorizers)), ("classifier", _classifier(model, seed))]


def _features(vectorizers: Sequence[VectorizerConfig]) -> BaseEstimator:
    if len(vectorizers) == 1:
        return _vectorizer(vectorizers[0])
    return FeatureUnion(
        [
            (f"{config.kind}_{config.analyzer}_{number}", _vectorizer(config))
            for number, config in enumerate(vectorizers, start=1)
        ]
    )


def _vectorizer(config: VectorizerConfig) -> BaseEstimator:
    shared = config.model_dump(exclude={"kind", "sublinear_tf"})
    if config.kind == "count":
        return CountVectorizer(lowercase=False, **shared)
    return TfidfVectorizer(lowercase=False, sublinear_tf=config.sublinear_tf, **shared)


def _classifier(model: TextModel, seed: int) -> BaseEstimator:
    match model:
        case LogisticRegressionModel(params=params):
            # About ten times faster than lbfgs on sparse text, with the same optimum.
            return LogisticRegression(solver="newton-cg", **params.model_dump())
        case LinearSvmModel(params=params):
            svm = LinearSVC(random_state=seed, **params.model_dump(exclude={"calibration_folds"}))
            # ensemble=False: folds only calibrate, and one SVM is left to serve.
            return CalibratedClassifierCV(
                svm, method="sigmoid", cv=params.calibration_folds, ensemble=False
            )
        case MultinomialNbModel(params=params):
            return MultinomialNB(**params.model_dump())
        case ComplementNbModel(params=params):
            return ComplementNB(**params.model_dump())
        case RandomForestModel(params=params):
            return RandomForestClassifier(random_state=seed, n_jobs=1, **params.model_dump())


def _explanation(message: str, y: NDArray[np.int64]) -> str | None:
    """Returns the cause and fix of an error that scikit-learn raises for poor data."""
    if "empty vocabulary" in message:
        return (
            "no training text has a term left after cleaning; check data.text, switch options of "
            "preprocessing off, or set vectorizer.analyzer to char"
        )
    if "no terms remain" in message or "max_df corresponds to" in message:
        return "vectorizer.min_df and max_df leave no term; lower min_df or raise max_df"
    if "-fold cross-validation" in message or "cannot be greater than the number of" in message:
        rows = np.bincount(y)
        return (
            f"the smallest class (id {rows.argmin()}) has {rows.min()} training rows, fewer than "
            "params.calibration_folds; lower it or give that class more rows"
        )
    return None
