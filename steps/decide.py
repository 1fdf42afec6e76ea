"""The gate."""

from typing import Annotated

from sklearn.pipeline import Pipeline
from zenml import get_step_context, log_metadata, step

from adapters.champion import load_champion
from core.config.promotion import PromotionConfig
from core.data.dataset import Dataset
from core.evaluation.champion import Held, compare_estimators
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision, decide as pass_gate
from core.governance.findings import findings_of
from core.models.measures import measure_model
from core.models.parity import ParityReport
from core.models.scorer.spec import ServedModel
from core.tasks import get_task
from core.tasks.training import CandidateResult


# Never cached: the model in production is not an input of the step.
@step(enable_cache=False)
def decide(
    model: Pipeline,
    scorer: ServedModel,
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
    file = get_step_context().inputs["model"][0].run_metadata
    chosen = get_task(task)
    held = Held(
        inputs=chosen.inputs(test),
        y=test.y,
        labels=test.labels,
        columns=test.inputs,
        slices=chosen.slices(test),
        target=test.label,
        kinds=test.kinds,
    )
    champion = load_champion(name)
    opponent = champion.opponent(chosen, test) if champion else None
    comparison = compare_estimators(
        chosen.predict, chosen.family, model, opponent, held, config.compare, config.rules, seed
    )
    measures = measure_model(
        scorer,
        chosen.served_form(test),
        fit_seconds=result.fit_seconds,
        model_bytes=int(str(file["bytes"])),
        parity=parity,
        seed=seed,
    )
    decision = pass_gate(
        config,
        findings_of(result.metrics, evaluation, measures, comparison),
        parity,
        comparison,
        production_version=champion.version if champion else None,
        in_production=champion is not None
        and champion.is_release_of(str(file["sha256"]), config_hash),
    )
    log_metadata({"outcome": decision.outcome, "reasons": list(decision.reasons)})
    return decision
