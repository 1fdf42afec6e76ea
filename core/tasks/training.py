"""Fitting one candidate and measuring it."""

import time
from datetime import UTC, datetime

import numpy as np
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.pipeline import Pipeline

from core.data.dataset import Dataset
from core.models.build import fit_estimator
from core.tasks.base import Task


class CandidateResult(BaseModel):
    """What one candidate achieved.

    Attributes:
        name: The candidate's name.
        metrics: Value by metric on the validation split.
        fit_seconds: Wall time of the fit.
        trained_at: When the fit ended; UTC, ISO 8601.
        report: scikit-learn's classification report on the validation split.
        confusion: Rows by true class (row) and predicted class (column), validation split.
        tracking_run_id: The experiment tracker's run; empty until it is tracked.
        model_uri: Where the tracker keeps the model; empty until it is tracked.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    metrics: dict[str, float]
    fit_seconds: float
    trained_at: str
    report: str
    confusion: list[list[int]]
    tracking_run_id: str = ""
    model_uri: str = ""


def train(
    task: Task, name: str, estimator: Pipeline, train: Dataset, validation: Dataset
) -> tuple[Pipeline, CandidateResult]:
    """Fit on ``train`` and measure on ``validation``.

    Raises:
        DataError: if the data can't be fitted, such as an empty vocabulary.
    """
    started = time.perf_counter()
    fitted = fit_estimator(estimator, task.inputs(train), train.y)
    seconds = time.perf_counter() - started
    proba = fitted.predict_proba(task.inputs(validation))
    predicted, ids = np.argmax(proba, axis=1), list(range(len(validation.labels)))
    return fitted, CandidateResult(
        name=name,
        metrics=task.metrics(validation.y, proba),
        fit_seconds=seconds,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        report=classification_report(
            validation.y,
            predicted,
            labels=ids,
            target_names=list(validation.labels),
            zero_division=0,
        ),
        confusion=confusion_matrix(validation.y, predicted, labels=ids).tolist(),
    )
