"""The gate."""

from typing import Annotated

from sklearn.pipeline import Pipeline
from zenml import get_step_context, log_metadata, step

from adapters.champion import load_champion
from core.config.promotion import PromotionConfig
from core.data.dataset import Dataset
from core.evaluation.champion import compare_estimators
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision, decide as pass_gate
from core.models.parity import ParityReport
from core.tasks import get_task
from core.tasks.training import CandidateResult


# Never cached: the model in production is not an input of the step.
@step(enable_cache=False)
def decide(
    model: Pipeline,
    test: Dataset,
    evaluation: Evaluation,
    parity: ParityReport,
    result: CandidateResult,
    task: str,
    name: str,
    config: PromotionConfig,
    seed: int,
    config_hash: str,
) -> Annotated[Decision, "decision"]:
    """Rules, parity, and the comparison with the production model on the same rows, now."""
    champion = load_champion(name)
    comparison = compare_estimators(
        model,
        champion.estimator if champion else None,
        inputs=get_task(task).inputs(test),
        y=test.y,
        labels=test.labels,
        champion_labels=champion.labels if champion else (),
        config=config.compare,
        seed=seed,
    )
    sha256 = str(get_step_context().inputs["model"][0].run_metadata["sha256"])
    decision = pass_gate(
        config,
        {"validation": result.metrics, "test": evaluation.values()},
        parity,
        comparison,
        production_version=champion.version if champion else None,
        in_production=champion is not None and champion.is_release_of(sha256, config_hash),
    )
    log_metadata({"outcome": decision.outcome, "reasons": list(decision.reasons)})
    return decision
