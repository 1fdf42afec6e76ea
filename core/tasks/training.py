"""Fitting one candidate and measuring it."""

import time
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.config.search import with_values
from core.data.dataset import Dataset
from core.models.build import fit_estimator
from core.models.sharing import sharing
from core.search.summary import SearchSummary
from core.tasks.base import Task


class CandidateResult(BaseModel):
    """What one candidate achieved.

    Attributes:
        name: The candidate's name.
        metrics: Value by metric on the validation split.
        fit_seconds: Wall time of the fit.
        trained_at: When the fit ended; UTC, ISO 8601.
        report: On the validation split, as text, see ``core.tasks.base.Summary``.
        confusion: Rows by true class (row) and predicted class (column), validation split; empty
            where a quantity is predicted.
        tracking_run_id: The experiment tracker's run; empty until it is tracked.
        model_uri: Where the tracker keeps the model; empty until it is tracked.
        search: How its values were found, where they were searched.
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
    search: SearchSummary | None = None


def fit_candidate(
    task: Task,
    candidate: Candidate,
    preprocessing: PreprocessingConfig,
    train_set: Dataset,
    validation: Dataset,
    coverage: float,
    seed: int,
    search: SearchSummary | None = None,
) -> tuple[Pipeline, CandidateResult]:
    """Fit a candidate on the train split, calibrate and measure it on the validation split.

    It has the values that a search of it found; its own where there was none. Work that other
    candidates of this process did on the same rows is not done again.

    Raises:
        DataError: if the data can't be fitted, such as an empty vocabulary.
    """
    chosen = with_values(candidate, search.best if search else {})
    with sharing():
        unfitted = task.build(chosen, preprocessing, train_set, seed)
        started = time.perf_counter()
        fitted = fit_estimator(unfitted, task.inputs(train_set), train_set.y)
        seconds = time.perf_counter() - started
        fitted = task.calibrate(fitted, validation, coverage)
        outputs = task.predict(fitted, task.inputs(validation))
    summary = task.summarise(validation, outputs)
    return fitted, CandidateResult(
        name=candidate.name,
        metrics=task.family.values(validation.y, outputs),
        fit_seconds=seconds,
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        report=summary.report,
        confusion=summary.confusion,
        search=search,
    )
