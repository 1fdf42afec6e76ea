"""The model that passed the gate → production."""

from pathlib import Path
from typing import Annotated

from zenml import get_step_context, log_metadata, step

from adapters.release import Release, release_model
from core.config.job import JobConfig
from core.config.loading import config_hash
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.governance.case import Case
from core.governance.lineage import Lineage, git_commit, library_versions
from core.models.golden import Golden
from core.models.scorer.spec import ServedModel

LINKED = ("model", "scorer", "evaluation", "reference")


@step(enable_cache=False)
def release(
    model: object,
    scorer: ServedModel,
    golden: Golden,
    evaluation: Evaluation,
    dataset: Dataset,
    reference: Dataset,
    case: Case,
    config: JobConfig,
    by: str,
) -> Annotated[Release, "release"]:
    """Register, pack and switch, all or nothing."""
    context, result = get_step_context(), case.selected
    artifacts = {name: items[0] for name, items in context.inputs.items()}
    lineage = Lineage(
        config_hash=config_hash(config),
        data_fingerprint=dataset.fingerprint,
        run_id=str(context.pipeline_run.id),
        tracking_run_id=result.tracking_run_id,
        candidate=result.name,
        trained_at=result.trained_at,
        seed=config.seed,
        git_commit=git_commit(Path(__file__).parent),
        libraries=library_versions(),
        model_sha256=str(artifacts["model"].run_metadata["sha256"]),
        scorer_sha256=str(artifacts["scorer"].run_metadata["sha256"]),
    )
    released = release_model(
        config,
        scorer=scorer,
        golden=golden,
        lineage=lineage,
        metrics={"validation": result.metrics, "test": evaluation.values()},
        model_uri=result.model_uri,
        artifacts=[artifacts[name] for name in LINKED],
        expected=case.decision.production_version,
    )
    log_metadata({"version": released.version, "bento": released.bento})
    return released
