"""Candidates that suit a profile and train within seconds to a minute on a CPU."""

from typing import Any

from core.config.tasks import TASKS
from core.profile.bounds import Bounds
from core.profile.profile import Profile

# Calibration of an SVM needs rows of each class in five folds of the train split.
_CLASS_ROWS_FOR_SVM = 10
_ROWS_FOR_BOOSTING, _CLASSES_FOR_BOOSTING, _COLUMNS_FOR_BOOSTING = 200, 10, 300
_WORDS_FOR_BOOSTING = 200
_LEAVES = 20_000


def candidates_of(profile: Profile, bounds: Bounds) -> list[dict[str, Any]]:
    """The ``candidates`` section."""
    if TASKS[profile.task].takes == "text":
        return _of_texts(profile, bounds)
    found = [_linear(profile, bounds)]
    if _suits_boosting(profile, bounds):
        boosting = _named("boosting", "hist_gradient_boosting", _weighted(bounds))
        found.append(boosting | _few_words(profile))
    leaf = max(1, bounds.rows * max(profile.classes, 2) // _LEAVES)
    params = _weighted(bounds) | ({"min_samples_leaf": leaf} if leaf > 1 else {})
    return [*found, _named("forest", "random_forest", params)]


def _of_texts(profile: Profile, bounds: Bounds) -> list[dict[str, Any]]:
    pairs = {"ngram_range": [1, 2]}
    weight = _weighted(bounds)
    found = [
        _named("words", "logistic_regression", weight),
        _named("word_pairs", "logistic_regression", {"C": 5.0} | weight) | {"vectorizer": pairs},
    ]
    rarest = profile.target.levels[-1][1] * bounds.rows / profile.target.rows
    if rarest >= _CLASS_ROWS_FOR_SVM:
        return [*found, _named("word_pairs_svm", "linear_svm", weight) | {"vectorizer": pairs}]
    return [*found, _named("word_pairs_bayes", "complement_nb", {}) | {"vectorizer": pairs}]


def _linear(profile: Profile, bounds: Bounds) -> dict[str, Any]:
    if profile.has_classes:
        return _named("linear", "logistic_regression", _weighted(bounds))
    return _named("linear", "ridge", {})


def _suits_boosting(profile: Profile, bounds: Bounds) -> bool:
    return (
        bounds.rows >= _ROWS_FOR_BOOSTING
        and profile.classes <= _CLASSES_FOR_BOOSTING
        and len(profile.inputs) <= _COLUMNS_FOR_BOOSTING
    )


def _few_words(profile: Profile) -> dict[str, Any]:
    """Boosting takes a dense matrix, so not every word of a text column."""
    has_text = any(column.kind == "text" for column in profile.inputs)
    return {"vectorizer": {"max_features": _WORDS_FOR_BOOSTING}} if has_text else {}


def _weighted(bounds: Bounds) -> dict[str, Any]:
    return {"class_weight": "balanced"} if bounds.is_imbalanced else {}


def _named(name: str, model: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "model": model} | ({"params": params} if params else {})
