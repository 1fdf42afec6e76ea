"""A monitored batch → production stays, or goes back by itself."""

from typing import Annotated

from zenml import get_step_context, log_metadata, step
from zenml.materializers import PydanticMaterializer

from adapters.policy import Judged, PolicyOutcome, enforce
from core.config.monitoring import RollbackPolicy
from core.drift.report import DriftReport
from core.drift.severity import with_checks
from expectations.result import Violation


# Never cached: who is in production and what people said of its answers are no inputs of the step.
@step(enable_cache=False, output_materializers={"rollback": PydanticMaterializer})
def roll_back(
    drift: DriftReport,
    violations: list[Violation],
    model: str,
    version: str,
    policy: RollbackPolicy,
    path: str,
    source_state: str,
) -> Annotated[PolicyOutcome, "rollback"]:
    """Judge the batch, and the feedback of the version in production, by the policy's limits."""
    severity = with_checks(drift.severity, passed=not violations)
    judged = Judged(version=version, severity=severity, batch=path, state=source_state)
    outcome = enforce(model, policy, judged, str(get_step_context().pipeline_run.id))
    log_metadata({"broken": list(outcome.broken), "problem": outcome.problem or ""})
    return outcome
