"""The candidate and all that the gate found → the ledger, and the case for whoever decides."""

from pathlib import Path
from typing import Annotated

from zenml import get_step_context, step
from zenml.types import HTMLString

from adapters.drift import last_drift
from adapters.ledger import append, read_ledger
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.governance.candidates import brought
from core.governance.card.render import render_card
from core.governance.case import Case, DataFacts, describe_source
from core.governance.decision import Decision
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
) -> tuple[Annotated[Case, "case"], Annotated[HTMLString, "model_card_draft"]]:
    """Write the submission, and the block if there is one; draw up case and card."""
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
            source=describe_source(config.data.source),
            fingerprint=dataset.fingerprint,
            rows=len(dataset),
            splits={"train": len(train), "validation": len(validation), "test": len(test)},
            columns=dataset.inputs,
            target=dataset.label,
        ),
        selected=result,
        candidates=tuple(candidates),
        evaluation=evaluation,
        decision=decision,
        drift=last_drift(config.name),
        libraries=library_versions(),
        git_commit=git_commit(Path(__file__).parent),
    )
    for draft in brought(case, config.promotion):
        append(config.name, draft)
    card = render_card(case, about=config.card, entries=read_ledger(config.name))
    return case, HTMLString(card.html)
