"""What monitoring found last about the model in production."""

from collections.abc import Iterator
from datetime import UTC

from zenml.client import Client
from zenml.enums import SorterOps
from zenml.models import StepRunResponse

from adapters.registry import production_version
from core.drift.report import DriftReport
from core.drift.severity import with_checks
from core.governance.case import DriftContext

PAGE = 50


def last_drift(model: str) -> DriftContext | None:
    """The last batch that was compared with production's reference; None when none was."""
    held = production_version(model)
    reference = None if held is None else held.get_artifact("reference")
    if reference is None:
        return None
    for step in measurements():
        if reference.id in {item.id for item in step.inputs.get("reference", [])}:
            return drift_context(step)
    return None


def measurements() -> Iterator[StepRunResponse]:
    """Finished drift measurements, newest first."""
    page, pages = 1, 1
    while page <= pages:
        found = Client().list_run_steps(
            name="measure_drift",
            sort_by=f"{SorterOps.DESCENDING.value}:created",
            page=page,
            size=PAGE,
            hydrate=True,
        )
        yield from (step for step in found.items if step.status.is_successful)
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
