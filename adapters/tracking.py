"""A candidate as an MLflow run: parameters, metrics, reports and the model."""

import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from sklearn.pipeline import Pipeline

from core.evaluation.plots import confusion_figure
from core.search.plots import search_figures
from core.search.summary import SearchSummary, TrialRecord
from core.tasks.training import CandidateResult

ROOT = Path(__file__).parent.parent
# Named, since MLflow otherwise spends seconds on inferring them for each model.
REQUIREMENTS = [
    f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "scipy", "pydantic")
]


def tracker_options(experiment: str) -> dict[str, Any]:
    """Step options for the stack's experiment tracker: a nested MLflow run per candidate."""
    settings = {"experiment_tracker": {"experiment_name": experiment, "nested": True}}
    return {"experiment_tracker": True, "settings": settings}


def track_candidate(
    estimator: Pipeline,
    result: CandidateResult,
    labels: tuple[str, ...],
    parameters: dict[str, Any],
) -> CandidateResult:
    """Log a fitted candidate to the step's active MLflow run.

    Returns:
        The result with the run and the model's address in it.
    """
    run = _active_run()
    mlflow.set_tag("candidate", result.name)
    mlflow.log_params(_flat(parameters))
    mlflow.log_metrics(
        {f"validation_{key}": value for key, value in result.metrics.items()}
        | {"fit_seconds": result.fit_seconds}
    )
    mlflow.log_text(result.report, "classification_report.txt")
    if result.confusion:
        mlflow.log_figure(confusion_figure(result.confusion, labels), "confusion_matrix.png")
    model = mlflow.sklearn.log_model(
        estimator,
        name="model",
        pip_requirements=REQUIREMENTS,
        code_paths=[str(ROOT / "core")],
        serialization_format="cloudpickle",
    )
    return result.model_copy(
        update={"tracking_run_id": run.info.run_id, "model_uri": model.model_uri}
    )


def track_search(found: SearchSummary) -> None:
    """Log each trial as a run nested in the step's active one, and what they add up to."""
    parent = _active_run()
    mlflow.log_params({f"found.{key}": value for key, value in found.best.items()})
    mlflow.log_metrics(
        {
            "search_score": found.score,
            "search_trials": found.trials,
            "search_pruned": found.count("pruned"),
            "search_seconds": found.seconds,
        }
    )
    mlflow.log_dict(found.model_dump(mode="json"), "search/trials.json")
    for name, figure in search_figures(found).items():
        mlflow.log_figure(figure, f"search/{name}.png")
    for trial in found.history:
        _track_trial(parent, trial, found.metric)


def _track_trial(parent: Run, trial: TrialRecord, metric: str) -> None:
    client, now = MlflowClient(), int(time.time() * 1000)
    tags = {MLFLOW_PARENT_RUN_ID: parent.info.run_id, "state": trial.state}
    run = client.create_run(
        parent.info.experiment_id,
        start_time=now - int(trial.seconds * 1000),
        tags=tags | ({"problem": trial.problem} if trial.problem else {}),
        run_name=f"trial {trial.number}",
    )
    scores = [Metric(f"fold_{metric}", score, now, n) for n, score in enumerate(trial.folds)]
    if trial.score is not None:
        scores.append(Metric(f"search_{metric}", trial.score, now, 0))
    params = [Param(key, str(value)) for key, value in trial.values.items()]
    client.log_batch(run.info.run_id, metrics=scores, params=params)
    client.set_terminated(
        run.info.run_id, "FINISHED" if trial.state == "complete" else "KILLED", end_time=now
    )


def _active_run() -> Run:
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("no active MLflow run: the step has no experiment tracker")
    return run


def _flat(values: Any, prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted MLflow parameters."""
    if isinstance(values, dict):
        items = values.items()
    elif isinstance(values, list | tuple) and any(isinstance(item, dict) for item in values):
        items = ((str(index), item) for index, item in enumerate(values))  # type: ignore[assignment]
    else:
        return {prefix: values}
    return {
        name: leaf
        for key, value in items
        for name, leaf in _flat(value, f"{prefix}.{key}" if prefix else key).items()
    }
