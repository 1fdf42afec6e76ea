"""Data → gate → released Bento."""

from typing import Any

from zenml import pipeline
from zenml.enums import ExecutionMode

from adapters.components import require_components
from adapters.tracking import tracker_options
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.data.loading import source_state
from pipelines.calls import configured
from steps.decide import decide
from steps.evaluate_model import evaluate_model
from steps.export_scorer import export_scorer
from steps.load_data import load_data
from steps.release import release
from steps.sample_reference import sample_reference
from steps.select_candidate import select_candidate
from steps.split_data import split_data
from steps.submit import submit
from steps.train_candidate import train_candidate
from steps.validate_data import validate_data
from steps.validate_splits import validate_splits


@pipeline(dynamic=True, name="training", execution_mode=ExecutionMode.FAIL_FAST)
def training(config: dict[str, Any], by: str) -> None:
    """One job, from its config's plain values; ``by`` is who started it."""
    require_components()
    job = JobConfig.model_validate(config)
    call = configured(task=job.task, seed=job.seed, name=job.name)
    state = source_state(job.data.source)
    dropped = job.validation.duplicates == "drop"

    dataset = call(load_data, config=job.data, source_state=state)()
    call(validate_data, config=job.validation)(dataset)
    train, validation, test = call(split_data, shares=job.data.split, drop_duplicates=dropped)(
        dataset
    )
    call(validate_splits, config=job.validation)(train, validation, test)

    models, results, tracked = {}, {}, tracker_options(job.name)
    for item in job.candidates:
        own = {"candidate": item, "preprocessing": job.preprocessing}
        fit = call(train_candidate, f"train_{item.name}", tracked, **own)
        models[item.name], results[item.name] = fit(train, validation)

    every = list(results.values())
    best = call(select_candidate, metric=job.selection.metric)(every).load()
    model, result = models[best], results[best]
    evaluation, _ = call(evaluate_model, selected=best)(model, test, every)
    scorer, golden, parity = call(export_scorer, rows=job.promotion.parity_rows)(model, train, test)
    reference = call(sample_reference, rows=job.monitoring.reference_rows)(train)
    gate = call(decide, config=job.promotion, config_hash=config_hash(job))
    decision = gate(model, test, evaluation, parity, result)
    if decision.load().outcome == "unchanged":
        return
    made = (model, dataset, train, validation, test, every, result, evaluation, decision)
    case = call(submit, config=job, by=by)(*made)
    if decision.load().outcome == "promote":
        call(release, config=job, by=by)(
            model, scorer, golden, evaluation, dataset, reference, case
        )
