"""The selected model on the held-out test split."""

from typing import Annotated

from sklearn.pipeline import Pipeline
from zenml import log_metadata, step
from zenml.types import HTMLString

from adapters.caching import cache_policy
from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.evaluation.report import CandidateRow, render_report
from core.tasks import get_task
from core.tasks.training import CandidateResult


@step(cache_policy=cache_policy(__file__))
def evaluate_model(
    model: Pipeline,
    validation: Dataset,
    test: Dataset,
    candidates: list[CandidateResult],
    task: str,
    name: str,
    selected: str,
    config: EvaluationConfig,
    seed: int,
) -> tuple[Annotated[Evaluation, "evaluation"], Annotated[HTMLString, "evaluation_report"]]:
    """Metrics with intervals, tables and plots, as data and as a page for a person."""
    evaluation = get_task(task).evaluate(model, validation, test, config, seed)
    log_metadata({metric: value.value for metric, value in evaluation.metrics.items()})
    facts = {
        "Test rows": str(len(test)),
        "Test fingerprint": test.fingerprint,
        "Seed": str(seed),
    }
    rows = [
        CandidateRow(
            name=item.name,
            metrics=item.metrics,
            fit_seconds=item.fit_seconds,
            chosen=item.name == selected,
            search=item.search,
        )
        for item in candidates
    ]
    title = f"{name}: {selected}"
    return evaluation, HTMLString(
        render_report(evaluation, title=title, facts=facts, candidates=rows)
    )
