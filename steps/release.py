"""The model that passed the gate → production."""

from typing import Annotated

from zenml import get_step_context, log_metadata, step

from adapters.release import Release, release_model
from core.config.job import JobConfig
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.governance.case import Case
from core.models.golden import Golden
from core.models.scorer.spec import ServedModel


@step(enable_cache=False)
def release(
    model: object,
    scorer: ServedModel,
    golden: Golden,
    evaluation: Evaluation,
    dataset: Dataset,
    train: Dataset,
    reference: Dataset,
    case: Case,
    config: JobConfig,
    by: str,
) -> Annotated[Release, "release"]:
    """Register, pack and switch, all or nothing; every input is linked with the version."""
    inputs = get_step_context().inputs
    released = release_model(
        config,
        case,
        by=by,
        scorer=scorer,
        golden=golden,
        artifacts={name: items[0] for name, items in inputs.items()},
    )
    log_metadata({"version": released.version, "bento": released.bento})
    return released
