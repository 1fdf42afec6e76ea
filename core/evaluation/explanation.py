"""What a model looks at: exactly where it is linear, else by trying out or by SHAP."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset, sample_rows
from core.errors import UnsupportedModelError
from core.evaluation.erasure import erase_words
from core.evaluation.evaluation import Explanation, Weighing
from core.evaluation.family import MetricFamily
from core.evaluation.permutation import permutation_weighing
from core.evaluation.shapley import shap_columns, shap_words
from core.evaluation.weights import heaviest
from core.models.scorer.export import export_scorer
from core.models.table.contributions import dense, linear_model
from core.models.terms import top_terms

Predict = Callable[[Any], np.ndarray]

# Each is shuffled several times, and each time all rows are asked.
MOST_COLUMNS = 200


def explain_texts(
    estimator: Pipeline, test: Dataset, config: EvaluationConfig, seed: int
) -> Explanation:
    """The n-grams that speak for each class; where the model is not linear, words of test rows.

    Args:
        estimator: A fitted text pipeline.
        test: Held-out rows.
        config: What of ``explain`` is wanted for models that are not linear, and on how many rows.
        seed: Seed of the sample.

    Raises:
        ConfigError: SHAP is wanted and not installed.
    """
    try:
        return Explanation(terms=top_terms(export_scorer(estimator, test.labels)))
    except UnsupportedModelError:
        texts = sample_rows(test, config.explain_rows, seed).texts
    if config.explain == "none":
        return Explanation()
    weigh = shap_words if config.explain == "shap" else erase_words
    return Explanation(weighings=weigh(estimator.predict_proba, texts, test.labels))


def explain_columns(
    estimator: Pipeline,
    predict: Predict,
    dataset: Dataset,
    family: MetricFamily,
    config: EvaluationConfig,
    seed: int,
) -> Explanation:
    """Columns by what they add to a linear score, by permutation importance, or by SHAP.

    Args:
        estimator: A fitted table pipeline, ``TableEncoder`` first.
        predict: Its outputs, shape (rows, outputs), for a frame.
        dataset: Held-out rows.
        family: The metrics; permutation importance is in the first of them.
        config: What is wanted besides exact contributions, and on how many rows.
        seed: Seed of the sample and of the shuffling.

    Raises:
        ConfigError: SHAP is wanted and not installed.
    """
    rows = sample_rows(dataset, config.explain_rows, seed)
    frame = rows.frame[list(rows.inputs)]
    exact = _contributions(estimator, frame, dataset.labels)
    if config.explain == "none":
        return Explanation(weighings=exact)
    if config.explain == "shap":
        found, notes = ((), ()) if exact else shap_columns(estimator, frame, dataset.labels, seed)
        return Explanation(weighings=(*exact, *found), notes=notes)
    if len(frame.columns) > MOST_COLUMNS:
        note = f"No permutation importance: {len(frame.columns)} columns, more than {MOST_COLUMNS}."
        return Explanation(weighings=exact, notes=(note,))
    shuffled = permutation_weighing(predict, frame, rows.y, family, seed=seed)
    return Explanation(weighings=(*exact, shuffled))


def _contributions(
    estimator: Pipeline, frame: pd.DataFrame, labels: Sequence[str]
) -> tuple[Weighing, ...]:
    """How far each column moves a linear score, on average, from what it adds on average.

    For a linear model with independent columns that is the mean absolute Shapley value (Lundberg
    & Lee 2017, "A unified approach to interpreting model predictions", corollary 1).
    """
    model = linear_model(estimator)
    if model is None:
        return ()
    encoded = model.encoder.transform(frame)
    outputs = range(len(model.coefficients))[-1:] if len(labels) == 2 else range(len(labels) or 1)
    found = []
    for output in outputs:
        # Row by row, for texts have so many columns.
        rows = (dense(encoded[i : i + 1]) for i in range(len(frame)))
        added = np.concatenate([model.taken_apart(row, output) for row in rows])
        moved = np.abs(added - added.mean(axis=0)).mean(axis=0)
        found.append(
            Weighing(
                method="contributions",
                unit="mean absolute contribution to the score",
                output=labels[output] if labels else "",
                rows=len(frame),
                weights=heaviest(model.names, moved),
            )
        )
    return tuple(found)
