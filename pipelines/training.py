"""Data → gate → released Bento."""

from typing import Any

from zenml import pipeline
from zenml.enums import ExecutionMode

from adapters.components import require_components
from core.config.job import JobConfig
from core.config.loading import config_hash
from pipelines.calls import configured
from pipelines.candidates import train_candidates
from pipelines.gate import attempt, people_approve
from pipelines.preparation import prepare_data
from steps.decide import decide
from steps.evaluate_model import evaluate_model
from steps.export_scorer import export_scorer
from steps.release import release
from steps.sample_reference import sample_reference
from steps.select_candidate import select_candidate
from steps.submit import submit


@pipeline(dynamic=True, name="training", execution_mode=ExecutionMode.FAIL_FAST)
def training(config: dict[str, Any], by: str, state: str) -> None:
    """One job, from its config's plain values.

    ``by`` is who started it; ``state`` that of its data source, see ``core.data.loading``: looked
    up once, since a run that waited for people may go on when the source is gone.
    """
    require_components()
    job = JobConfig.model_validate(config)
    call = configured(task=job.task, seed=job.seed, name=job.name)
    dataset, train, validation, test = prepare_data(call, job, state)

    models, results = train_candidates(call, job, train, validation)
    every = list(results.values())
    best = call(select_candidate, metric=job.selection.metric)(every).load()
    model, result = models[best], results[best]
    measure = call(evaluate_model, selected=best, config=job.evaluation)
    evaluation, _ = measure(model, validation, test, every)
    scorer, golden, parity = call(export_scorer, rows=job.promotion.parity_rows)(model, train, test)
    reference = call(sample_reference, rows=job.monitoring.reference_rows)(train)
    gate = call(decide, config=job.promotion, config_hash=config_hash(job))
    decision = gate(model, scorer, test, evaluation, parity, result)
    if decision.load().outcome == "unchanged":
        return
    made = (model, dataset, train, validation, test, every, result, evaluation, decision)
    case, _ = call(submit, config=job, by=by)(*made)
    if decision.load().outcome == "promote" and people_approve(job, case):
        call(release, attempt("release"), config=job, by=by)(
            model, scorer, golden, evaluation, dataset, train, reference, case
        )
