"""A batch against the production model's reference."""

from typing import Any

from zenml import pipeline
from zenml.enums import ExecutionMode

from adapters.components import require_components
from adapters.registry import production_reference
from core.config.job import JobConfig
from core.data.loading import batch_state
from pipelines.calls import configured
from steps.check_batch import check_batch
from steps.load_batch import load_batch
from steps.measure_drift import measure_drift
from steps.roll_back import roll_back


@pipeline(dynamic=True, name="monitoring", execution_mode=ExecutionMode.FAIL_FAST)
def monitoring(config: dict[str, Any], batch: str) -> None:
    """One batch of a job: a file, or a prediction log; a broken limit leads to a rollback."""
    require_components()
    job = JobConfig.model_validate(config)
    call = configured(task=job.task, data=job.data)
    version, reference = production_reference(job.name)

    state = batch_state(batch)
    rows = call(load_batch, model=job.name, path=batch, source_state=state)(reference)
    violations, _ = call(check_batch, config=job.validation)(rows, reference)
    drift, _ = call(measure_drift, config=job.monitoring)(reference, rows)
    if (policy := job.monitoring.rollback).is_on:
        seen = {"version": version, "path": batch, "source_state": state}
        call(roll_back, model=job.name, policy=policy, **seen)(drift, violations)
