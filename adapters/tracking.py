"""A candidate as an MLflow run: parameters, metrics, reports and the model."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
from sklearn.pipeline import Pipeline

from core.evaluation.plots import confusion_figure
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
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("no active MLflow run: the step has no experiment tracker")
    mlflow.set_tag("candidate", result.name)
    mlflow.log_params(_flat(parameters))
    mlflow.log_metrics(
        {f"validation_{key}": value for key, value in result.metrics.items()}
        | {"fit_seconds": result.fit_seconds}
    )
    mlflow.log_text(result.report, "classification_report.txt")
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
