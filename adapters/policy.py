"""Automatic rollback: judges production by the config's limits, and goes back by the same path."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from adapters.ledger import read_ledger
from adapters.rollback import RollbackOutcome, plan_rollback, roll_back
from core.config.monitoring import RollbackPolicy
from core.data.prediction_log import read_predictions
from core.drift.severity import Severity
from core.errors import DataError, GatehouseError
from core.governance.ledger import Entry
from core.governance.policy import (
    BATCH,
    POLICY,
    Feedback,
    broken_by_drift,
    broken_by_feedback,
    feedback_of,
    repeats,
)
from core.governance.rollback import Tenure, predecessor, tenures
from core.prediction_log import log_folder


class Judged(BaseModel):
    """What was monitored.

    Attributes:
        version: In production, with whose reference the batch was compared.
        severity: Of the batch.
        batch: File, or folder of a prediction log.
        state: Hash of the batch.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    severity: Severity
    batch: str
    state: str


class PolicyOutcome(BaseModel):
    """What the policy made of it.

    Attributes:
        broken: The limits that are broken, with the figures.
        feedback: What accuracy was judged by; None when it was not.
        notes: What could not be judged, and why.
        rollback: What was done.
        problem: Why nothing was done, or not all, though a limit is broken.
        failed: Whether the rollback was tried and failed.
    """

    model_config = ConfigDict(frozen=True)

    broken: tuple[str, ...] = ()
    feedback: Feedback | None = None
    notes: tuple[str, ...] = ()
    rollback: RollbackOutcome | None = None
    problem: str | None = None
    failed: bool = False


def enforce(name: str, policy: RollbackPolicy, judged: Judged, run: str) -> PolicyOutcome:
    """Go back if a limit is broken and there is something to go back to; never raises ours.

    Args:
        name: The model's name.
        policy: The limits.
        judged: What was monitored.
        run: ZenML run.
    """
    try:
        return _enforce(name, policy, judged, run)
    except GatehouseError as error:
        return PolicyOutcome(problem=f"nothing is judged: {error}", failed=True)


def _enforce(name: str, policy: RollbackPolicy, judged: Judged, run: str) -> PolicyOutcome:
    entries = read_ledger(name)
    found = tenures(entries)
    if not found or found[-1].version != judged.version:
        problem = f"the ledger does not have version {judged.version} in production; nothing judged"
        return PolicyOutcome(problem=problem, failed=True)
    tenure = found[-1]
    feedback, notes = _feedback(name, policy, judged, tenure)
    drift, accuracy = broken_by_drift(policy, judged.severity), broken_by_feedback(policy, feedback)
    outcome = PolicyOutcome(
        broken=tuple(filter(None, (accuracy, drift))), feedback=feedback, notes=notes
    )
    why_not = _why_not(entries, tenure, judged, by_drift_alone=accuracy is None)
    if not outcome.broken or why_not:
        return outcome.model_copy(update={"problem": why_not if outcome.broken else None})
    return outcome.model_copy(update=_go_back(name, outcome.broken, judged, run))


def _feedback(
    name: str, policy: RollbackPolicy, judged: Judged, tenure: Tenure
) -> tuple[Feedback | None, tuple[str, ...]]:
    """From the log that is the batch, or else from where this model's service logs."""
    if policy.min_accuracy is None:
        return None, ()
    batch = Path(judged.batch)
    try:
        predictions = read_predictions(batch if batch.is_dir() else log_folder(name))
    except DataError as error:
        return None, (f"accuracy is not judged: {error}",)
    found = feedback_of(predictions, name, tenure)
    if found.answers >= policy.min_feedback:
        return found, ()
    text = f"{found.answers} answers of version {found.version} have feedback since it is in "
    return found, (f"accuracy is not judged: {text}production, of {policy.min_feedback}",)


def _why_not(
    entries: list[Entry], tenure: Tenure, judged: Judged, *, by_drift_alone: bool
) -> str | None:
    if predecessor(entries) is None:
        return f"there is nothing to go back to: version {tenure.version} was the first"
    return repeats(entries, tenure, judged.state) if by_drift_alone else None


def _go_back(name: str, broken: tuple[str, ...], judged: Judged, run: str) -> dict[str, object]:
    try:
        plan = plan_rollback(name)
        if plan.source.version != judged.version:
            return {"problem": f"version {plan.source.version} came meanwhile; monitor that one"}
        reason, details = "; ".join(broken), {BATCH: judged.state}
        done = roll_back(plan, by=POLICY, reason=reason, run=run, details=details)
    except GatehouseError as error:
        return {"problem": f"the rollback failed: {error}", "failed": True}
    if done.unconfirmed:
        late = "; ".join(done.unconfirmed)
        return {"rollback": done, "problem": f"not every service follows: {late}", "failed": True}
    return {"rollback": done}
