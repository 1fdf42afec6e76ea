"""From a candidate of the config to an unfitted pipeline that takes a table's rows."""

from collections.abc import Callable
from sys import intern

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.config.models import AnyModel
from core.data.dataset import Dataset
from core.features import Feature
from core.models.learners import (
    Ensemble,
    Named,
    classifier,
    joint_classifier,
    joint_regressor,
    member_names,
    regressor,
)
from core.models.table.categories import CategoryOptions
from core.models.table.encoder import TableEncoder, TableOptions
from core.models.table.numbers import NumberOptions
from core.models.table.outputs import IntervalRegressor
from core.models.text_features import cleaning_options, text_features

# They take no sparse matrix.
_DENSE = {"hist_gradient_boosting", "gaussian_nb"}


def build_table_estimator(
    candidate: Candidate, preprocessing: PreprocessingConfig, train: Dataset, seed: int
) -> Pipeline:
    """Returns the unfitted pipeline: prepare, model.

    It takes a frame with ``train``'s input columns or plain rows (``core.features``), and predicts
    classes where ``train`` has labels. The same data and seed give the same fitted bytes.

    Raises:
        ConfigError: The model is none for this target, or its library is missing.
    """
    # Interned, so that a pickle's bytes depend on what is equal, not on what is the same.
    columns = tuple(
        (intern(name), intern(kind)) for name, kind in zip(train.inputs, train.kinds, strict=True)
    )
    gaps = set(train.nullable)
    encoder = TableEncoder(
        columns,
        table_options(preprocessing),
        text_features(candidate.vectorizers),
        dense=not _DENSE.isdisjoint(candidate.model_names),
        nullable=tuple(name for name, _ in columns if name in gaps),
    )
    return Pipeline([("prepare", encoder), ("model", _model(candidate, bool(train.labels), seed))])


def table_options(preprocessing: PreprocessingConfig) -> TableOptions:
    """Returns the section's options as plain values."""
    return TableOptions(
        numbers=NumberOptions(**preprocessing.numbers.model_dump()),
        categories=CategoryOptions(**preprocessing.categories.model_dump()),
        date_parts=preprocessing.dates.parts,
        cleaning=cleaning_options(preprocessing),
    )


def fitted_features(estimator: Pipeline) -> tuple[Feature, ...]:
    """Returns the columns that a fitted table estimator takes."""
    features: tuple[Feature, ...] = estimator["prepare"].features_
    return features


def _model(candidate: Candidate, has_classes: bool, seed: int) -> BaseEstimator:
    if has_classes:
        return _learner(candidate, classifier, joint_classifier, seed)
    return IntervalRegressor(_learner(candidate, regressor, joint_regressor, seed))


def _learner(
    candidate: Candidate,
    single: Callable[[AnyModel, int], BaseEstimator],
    joint: Callable[[Ensemble, Named, int], BaseEstimator],
    seed: int,
) -> BaseEstimator:
    if not isinstance(candidate, Ensemble):
        return single(candidate, seed)
    members = [single(member, seed) for member in candidate.members]
    return joint(candidate, list(zip(member_names(candidate), members, strict=True)), seed)
