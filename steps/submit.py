"""The candidate and all that the gate found → the ledger, and the case for whoever decides."""

from pathlib import Path
from typing import Annotated

from zenml import get_step_context, step

from adapters.ledger import append
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.governance.case import Case, DataFacts
from core.governance.decision import Decision
from core.governance.ledger import Draft
from core.governance.lineage import git_commit, library_versions
from core.tasks.training import CandidateResult


@step(enable_cache=False)
def submit(
    model: object,
    dataset: Dataset,
    train: Dataset,
    validation: Dataset,
    test: Dataset,
    candidates: list[CandidateResult],
    result: CandidateResult,
    evaluation: Evaluation,
    decision: Decision,
    config: JobConfig,
    by: str,
) -> Annotated[Case, "case"]:
    """Write the submission, and the block if there is one."""
    context = get_step_context()
    case = Case(
        model=config.name,
        task=config.task,
        run=str(context.pipeline_run.id),
        started_by=by,
        config_hash=config_hash(config),
        seed=config.seed,
        model_sha256=str(context.inputs["model"][0].run_metadata["sha256"]),
        data=DataFacts(
            source=config.data.source.kind,
            fingerprint=dataset.fingerprint,
            rows=len(dataset),
            splits={"train": len(train), "validation": len(validation), "test": len(test)},
        ),
        selected=result,
        candidates=tuple(candidates),
        evaluation=evaluation,
        decision=decision,
        libraries=library_versions(),
        git_commit=git_commit(Path(__file__).parent),
    )
    for action in ("submission", *["block"] * (decision.outcome == "blocked")):
        draft = Draft(
            action=action,
            by=by,
            reason="; ".join(decision.reasons),
            run=case.run,
            model_sha256=case.model_sha256,
            config_hash=case.config_hash,
            data_fingerprint=dataset.fingerprint,
        )
        append(config.name, draft)
    return case
