"""Ends the wait of a run: the run goes on in this process, or is stopped.

One process at a time executes a run from the gate on, whether it began the run or took it up, under
a lock of this machine. Between machines ZenML's server lets a paused run be taken up once.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration
from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID
from zenml.enums import ExecutionStatus, RunWaitConditionResolution
from zenml.exceptions import IllegalOperationError
from zenml.models import (
    PipelineRunResponse,
    PipelineRunUpdate,
    PipelineSnapshotResponse,
    StackResponse,
)
from zenml.orchestrators.publish_utils import publish_failed_step_run
from zenml.stack import Stack
from zenml.utils.env_utils import temporary_environment
from zenml.utils.time_utils import utc_now

from core.errors import GatehouseError
from core.files import is_locked, locked
from core.governance.approval import Answer

POLL_S = 0.2
WAITS = (ExecutionStatus.PAUSED, ExecutionStatus.FAILED)

_held: set[str] = set()  # runs that this process executes
_claims = ExitStack()  # their locks; they end with the process, if nothing ends them before


@contextmanager
def stack_of(run_id: str) -> Iterator[None]:
    """Make the stack that a run began on the active one of this process."""
    run = Client().get_pipeline_run(run_id)
    with temporary_environment({ENV_ZENML_ACTIVE_STACK_ID: str(_stack(run).id)}):
        yield


@contextmanager
def claims() -> Iterator[None]:
    """Let go of the runs claimed inside: ZenML knows by then how they ended, or that they wait."""
    try:
        yield
    finally:
        _claims.close()


def claim(run_id: str) -> None:
    """Be the process that executes a run from here on."""
    _claims.enter_context(_alone(run_id))


def finish(run_id: str, answer: Answer) -> None:
    """Answer a waiting run and take it up where it waits, or where it failed after that.

    Nothing if it is over by now.

    Raises:
        GatehouseError: another machine took it up.
    """
    with _alone(run_id):
        run = _idle(run_id)
        if _is_over(run):
            return
        if (condition := run.active_wait_condition) is not None:
            Client().resolve_run_wait_condition(condition.id, result=answer.model_dump())
        _resume(run)


def is_waiting(run_id: str) -> bool:
    """Whether a run waits for people, or begins to."""
    run = Client().get_pipeline_run(run_id)
    return run.status == ExecutionStatus.PAUSED or run.active_wait_condition is not None


def is_executed(run_id: str) -> bool:
    """Whether a living process of this machine executes a run from the gate on."""
    return _lock(run_id).exists() and is_locked(_lock(run_id))


def is_answered(run_id: str) -> bool:
    """Whether a paused run was answered in ZenML and not taken up."""
    run = Client().get_pipeline_run(run_id)
    return run.status == ExecutionStatus.PAUSED and run.active_wait_condition is None


def take_up(run_id: str) -> None:
    """Let a run that was answered in ZenML go on; nothing if somebody did."""
    with _alone(run_id):
        if is_answered(run_id):
            _resume(Client().get_pipeline_run(run_id))


def stop(run_id: str) -> None:
    """End a waiting run for good; nothing if it is over by now."""
    with _alone(run_id):
        run = _idle(run_id)
        if run.status.is_finished:
            return
        if (condition := run.active_wait_condition) is not None:
            Client().resolve_run_wait_condition(
                condition.id, resolution=RunWaitConditionResolution.ABORT
            )
        else:  # answered in ZenML, and not taken up
            _set_status(run, ExecutionStatus.STOPPED)


@contextmanager
def _alone(run_id: str) -> Iterator[None]:
    if run_id in _held:
        yield
        return
    path = _lock(run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        _held.add(run_id)
        try:
            yield
        finally:
            _held.discard(run_id)
        # Whoever waits for the lock finds the run over, with this file or a new one.
        if _is_over(Client().get_pipeline_run(run_id)):
            path.unlink(missing_ok=True)


def _lock(run_id: str) -> Path:
    return Path(GlobalConfiguration().local_stores_path) / f"gatehouse-resume-{run_id}.lock"


def _is_over(run: PipelineRunResponse) -> bool:
    return run.status.is_finished and run.status != ExecutionStatus.FAILED


def _idle(run_id: str) -> PipelineRunResponse:
    """The run, once the process that waits in it has gone, or has been dead for some seconds."""
    while True:
        run = Client().get_pipeline_run(run_id)
        condition = run.active_wait_condition
        if run.status == ExecutionStatus.PAUSED or condition is None:
            return run
        lease = condition.poller_lease_expires_at
        if lease is not None and lease < utc_now():
            return run
        time.sleep(POLL_S)


def _resume(run: PipelineRunResponse) -> None:
    snapshot = _snapshot(run)
    # On a local store nobody else can be at it: whoever executes a run from the gate on holds the
    # lock, which is ours now. So whoever was has been killed.
    if run.status in WAITS or not Client().zen_store.is_local_store():
        _take_up(run)
    for step in run.steps.values():
        if step.status == ExecutionStatus.RUNNING:
            publish_failed_step_run(step.id)
    stack = Stack.from_model(_stack(run))
    try:
        stack.orchestrator.resume_run(snapshot=snapshot, run=run, stack=stack)
    except BaseException:
        if Client().get_pipeline_run(run.id).status == ExecutionStatus.RESUMING:
            _set_status(run, ExecutionStatus.PAUSED)
        raise


def _take_up(run: PipelineRunResponse) -> None:
    try:
        _set_status(run, ExecutionStatus.RESUMING)
    except IllegalOperationError as error:
        raise GatehouseError(
            f"run {run.name} is {run.status.value}: another process completes it; look again: "
            f"run.py case {run.id}"
        ) from error


def _stack(run: PipelineRunResponse) -> StackResponse:
    stack = _snapshot(run).stack
    if stack is None:
        raise GatehouseError(f"run {run.name} can't go on: its stack is gone; run it again")
    return stack


def _set_status(run: PipelineRunResponse, status: ExecutionStatus) -> None:
    Client().zen_store.update_run(run_id=run.id, run_update=PipelineRunUpdate(status=status))


def _snapshot(run: PipelineRunResponse) -> PipelineSnapshotResponse:
    if run.snapshot is None:
        raise GatehouseError(f"run {run.name} can't go on: its snapshot is gone; run it again")
    return run.snapshot
