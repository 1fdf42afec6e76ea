"""From a candidate of the config to an unfitted pipeline of texts, and the fit of any pipeline."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_regressor
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.config.models import AnyModel
from core.errors import DataError
from core.models.cleaner import TextCleaner
from core.models.learners import Ensemble, classifier, joint_classifier, member_names
from core.models.text_features import cleaning_options, text_features

Stage = tuple[str, BaseEstimator]
Target = NDArray[np.int64] | NDArray[np.float64]


def build_estimator(
    candidate: Candidate, preprocessing: PreprocessingConfig, seed: int
) -> Pipeline:
    """Returns the unfitted pipeline of a candidate: clean, vectorize, classify.

    It takes raw texts. The same data and seed give the same fitted bytes.

    Raises:
        ConfigError: The model is none of classes, or its library is missing.
    """
    clean = ("clean", TextCleaner(cleaning_options(preprocessing)))
    if not isinstance(candidate, Ensemble):
        return Pipeline([clean, *_stages(candidate, seed)])
    members = [Pipeline(_stages(member, seed)) for member in candidate.members]
    named = list(zip(member_names(candidate), members, strict=True))
    return Pipeline([clean, ("vote", joint_classifier(candidate, named, seed))])


def fit_estimator(estimator: Pipeline, inputs: Any, y: Target) -> Pipeline:
    """Fits in place, in one thread, and returns the estimator.

    Args:
        estimator: Of ``build_estimator`` or ``build_table_estimator``.
        inputs: n rows of what it takes.
        y: n class ids, 0 to k - 1, each at least once; or n quantities.

    Raises:
        DataError: The rows or classes are not enough for this estimator.
    """
    if len(np.unique(y)) < 2:
        what = "the same value to predict" if is_regressor(estimator) else "one class only"
        raise DataError(f"the training rows have {what}; check data.label and data.limit")
    # For the whole process, and for good: the number of threads changes how BLAS and OpenMP add
    # up, and limits that end with a fit would end those of another fit beside it.
    threadpool_limits(1)
    try:
        return estimator.fit(inputs, y)
    except ValueError as error:
        if explanation := _explanation(str(error), y):
            raise DataError(explanation) from error
        raise


def _stages(model: AnyModel, seed: int) -> list[Stage]:
    final = ("classifier", classifier(model, seed))
    if not model.vectorizers:
        return [final]
    return [("vectorizer", text_features(model.vectorizers)), final]


def _explanation(message: str, y: Target) -> str | None:
    """Returns the cause and fix of an error that scikit-learn raises for poor data."""
    return next(
        (text.format(have=_have(y)) for sign, text in _POOR if re.search(sign, message)), None
    )


# What a library's message holds, and what to say in its place.
_POOR = (
    (
        "empty vocabulary",
        "no training text has a term left after cleaning; check data.text or the text columns of "
        "data.columns, switch options of preprocessing off, or set vectorizer.analyzer to char",
    ),
    (
        "no terms remain|max_df corresponds to",
        "vectorizer.min_df and max_df leave no term; lower min_df or raise max_df",
    ),
    (
        "-fold cross-validation",
        "{have}, fewer than params.calibration_folds; lower it or give more rows",
    ),
    (
        "number of splits|n_splits=|Invalid classes inferred",
        "{have}, too few for the folds of calibration or stacking; lower "
        "params.calibration_folds or folds, or give more rows",
    ),
    (
        "train set will be empty|validation set is too small|test_size = |least populated",
        "{have}, too few to hold a tenth of them out; set params.early_stopping to false or give "
        "more rows",
    ),
    (
        "non-finite parameter weights",
        "the weights of the network grew beyond all bounds; lower params.learning_rate_init",
    ),
)


def _have(y: Target) -> str:
    if y.dtype.kind == "f":
        return f"there are {len(y)} training rows"
    rows = np.bincount(y)
    return f"the smallest class (id {rows.argmin()}) has {rows.min()} training rows"
