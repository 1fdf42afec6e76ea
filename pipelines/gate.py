"""People at the gate: the run pauses until they have decided."""

from itertools import count

from zenml import wait
from zenml.execution.pipeline.dynamic.run_context import DynamicPipelineRunContext
from zenml.models import ArtifactVersionResponse

from adapters.approvals import expire, record_answer
from adapters.candidates import Candidate
from adapters.interrupts import without_interrupts
from adapters.resumption import claim
from core.config.job import JobConfig
from core.governance.approval import Answer
from core.governance.case import Case

TIMEOUT_S = 1  # ZenML polls that long before it pauses the run and the process ends


def people_approve(config: JobConfig, submitted: ArtifactVersionResponse) -> bool:
    """Whether the candidate may be released, as far as people are asked.

    ZenML runs a pipeline's body again from the top when a paused run goes on: a wait that was
    answered gives its answer at once, and votes are in the ledger already or are written there.
    """
    case: Case = submitted.load()
    claim(case.run)
    if config.promotion.approval == "auto":
        return True
    candidate = Candidate(config=config, case=case)
    for number in count(1):
        settlement = candidate.settlement()
        if settlement.outcome == "expired":
            expire(candidate)
        if settlement.outcome != "pending":
            break
        name = f"approval_{number}"
        record_answer(candidate, name, _ask(case, name))
    return settlement.outcome == "approved"


def attempt(step: str) -> str:
    """The name to run a step under: a new one where it failed, which ZenML never runs again."""
    context = DynamicPipelineRunContext.get()
    tried = [name for name in context.run.steps if name.startswith(step)] if context else []
    return f"{step}_{len(tried) + 1}" if tried else step


def _ask(case: Case, name: str) -> Answer:
    # ZenML takes Ctrl-C while it polls for the wish to end the run for good.
    with without_interrupts():
        return wait(
            schema=Answer,
            name=name,
            question=f"Promote {case.selected.name} as {case.model}? python run.py case {case.run}",
            timeout=TIMEOUT_S,
            poll_interval=TIMEOUT_S,
            metadata={"model": case.model, "started_by": case.started_by},
        )
