"""What monitoring found last about the model in production."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from zenml.client import Client
from zenml.enums import SorterOps
from zenml.models import PipelineRunResponse, StepRunResponse

from adapters.registry import production_version
from core.drift.report import DriftReport
from core.drift.severity import with_checks
from core.governance.case import DriftContext

PIPELINE = "monitoring"
PAGE = 50


def last_drift(model: str) -> DriftContext | None:
    """The last batch that was compared with production's reference; None when none was."""
    held = production_version(model)
    reference = None if held is None else held.get_artifact("reference")
    if reference is None:
        return None
    for step in measurements(model):
        if reference.id in {item.id for item in step.inputs.get("reference", [])}:
            return drift_context(step)
    return None


def measurements(model: str) -> Iterator[StepRunResponse]:
    """Finished drift measurements of a model's batches, newest first.

    The run says whose batch it was: models trained on the same rows share a reference by the cache.
    """
    for run in _monitoring_runs():
        if _model(run) != model:
            continue
        step = run.steps.get("measure_drift")
        if step is not None and step.status.is_successful:
            yield step


def _model(run: PipelineRunResponse) -> str | None:
    config: dict[str, Any] = (run.config.parameters or {}).get("config", {})
    return config.get("name")


def _monitoring_runs() -> Iterator[PipelineRunResponse]:
    page, pages = 1, 1
    while page <= pages:
        found = Client().list_pipeline_runs(
            pipeline=PIPELINE,
            sort_by=f"{SorterOps.DESCENDING.value}:created",
            page=page,
            size=PAGE,
            hydrate=True,
        )
        yield from found.items
        page, pages = page + 1, found.total_pages


def drift_context(step: StepRunResponse) -> DriftContext:
    """What a measurement and the checks of the same batch showed."""
    run = Client().get_pipeline_run(step.pipeline_run_id)
    report: DriftReport = step.outputs["drift"][0].load()
    violations = run.steps["check_batch"].outputs["batch_violations"][0].load()
    return DriftContext(
        severity=with_checks(report.severity, passed=not violations),
        run=str(run.id),
        at=run.created.replace(tzinfo=UTC),  # ZenML's is without a zone
    )
