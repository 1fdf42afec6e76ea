"""Shapley values by the library ``shap``, which is imported where it is used.

Source: Lundberg & Lee 2017, "A unified approach to interpreting model predictions" (NeurIPS);
Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for
trees" (Nature Machine Intelligence 2:56).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import Pipeline

from core.errors import ConfigError
from core.evaluation.evaluation import Weighing
from core.evaluation.weights import heaviest
from core.models.table.contributions import by_source, dense, source_columns

_FORESTS = (
    RandomForestClassifier,
    RandomForestRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
_UNIT = "mean absolute Shapley value"
# Any other model is asked some thousand times for each row.
_ROWS = 40
_BACKGROUND = 40
_TEXTS = 20
_MOST_ENCODED = 200


def shap_columns(
    estimator: Pipeline, frame: pd.DataFrame, labels: Sequence[str], seed: int
) -> tuple[tuple[Weighing, ...], tuple[str, ...]]:
    """Mean absolute Shapley value of each column, and what had to be left out.

    Exact for forests and boosted trees, on all rows; otherwise by sampling orders of the columns,
    on few. Shapley values add up, so those of a column's encoded columns are added, with their
    signs. Of two classes the second one's are shown, since the first one's mirror them.

    Args:
        estimator: A fitted table pipeline, ``TableEncoder`` first.
        frame: Input columns of held-out rows.
        labels: Class names by id; empty where a quantity is predicted.
        seed: Seed of the orders.

    Raises:
        ConfigError: the library is missing.
    """
    encoder, model = estimator.steps[0][1], estimator.steps[-1][1]
    encoded, shap = dense(encoder.transform(frame)), _shap()
    if _is_forest(inner := getattr(model, "regressor_", model)):
        values = _of_trees(shap, inner, encoded) * getattr(model, "scale_", 1.0)
    elif encoded.shape[1] <= _MOST_ENCODED:
        values = _sampled(shap, model, encoded, seed)
    else:
        many = f"{encoded.shape[1]} encoded columns, more than {_MOST_ENCODED}"
        return (), (f"No Shapley values: the model is no forest, and there are {many}.",)
    names, source = source_columns(encoder)
    moved = np.abs(by_source(values.reshape(*values.shape[:2], -1), source)).mean(axis=0)
    return tuple(
        Weighing(
            method="shap",
            unit=_UNIT,
            output=output,
            rows=len(values),
            weights=heaviest(names, column),
        )
        for output, column in _per_output(moved, labels)
    ), ()


def shap_words(
    predict: Callable[[Sequence[str]], np.ndarray], texts: Sequence[str], labels: Sequence[str]
) -> tuple[Weighing, ...]:
    """For each class the words that raise its probability most, on few texts.

    The value of a word is the mean over these texts of its Shapley value, summed over where it
    stands; a text without it counts 0.

    Args:
        predict: Probabilities, shape (texts, classes).
        texts: Held-out texts.
        labels: Class names by id.

    Raises:
        ConfigError: the library is missing.
    """
    shap = _shap()
    asked = [text for text in texts if text.strip()][:_TEXTS]
    explainer = shap.explainers.Partition(
        lambda some: predict([str(text) for text in some]), shap.maskers.Text(r"\W+")
    )
    totals: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(labels)))
    for text in asked:
        found = explainer([text], silent=True)
        for token, value in zip(found.data[0], found.values[0], strict=True):
            totals[str(token).strip(" \n\t.,;:!?\"'()").lower()] += value / len(asked)
    words = [word for word in totals if word]
    values = np.array([totals[word] for word in words]).reshape(len(words), len(labels))
    return tuple(
        Weighing(
            method="shap",
            unit="mean Shapley value",
            output=label,
            rows=len(asked),
            weights=heaviest(words, values[:, number]),
        )
        for number, label in enumerate(labels)
    )


def _of_trees(shap: Any, model: BaseEstimator, encoded: np.ndarray) -> np.ndarray:
    explainer = shap.TreeExplainer(model)
    return np.asarray(explainer.shap_values(encoded, check_additivity=False))


def _sampled(shap: Any, model: BaseEstimator, encoded: np.ndarray, seed: int) -> np.ndarray:
    """By walking through random orders of the columns, forwards and backwards."""
    predict = model.predict_proba if hasattr(model, "predict_proba") else model.predict
    masker = shap.maskers.Independent(encoded, max_samples=_BACKGROUND)
    explainer = shap.explainers.Permutation(predict, masker, seed=seed)
    found = explainer(encoded[:_ROWS], max_evals=4 * encoded.shape[1] + 2, silent=True)
    return np.asarray(found.values)


def _is_forest(model: BaseEstimator) -> bool:
    return isinstance(model, _FORESTS) or type(model).__module__.startswith("xgboost")


def _per_output(moved: np.ndarray, labels: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    columns = list(moved.T)
    if len(labels) > 2:
        return list(zip(labels, columns, strict=True))
    return [(labels[-1] if labels else "", columns[-1])]


def _shap() -> Any:
    try:
        import shap
    except ImportError as error:
        raise ConfigError(
            "evaluation.explain: shap needs the extra explain: make setup EXTRAS=explain"
        ) from error
    return shap
