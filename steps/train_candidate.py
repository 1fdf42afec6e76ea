"""One candidate: fit, measure, track."""

from typing import Annotated, Any

from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline
from zenml import log_metadata, step

from adapters.caching import cache_policy
from adapters.tracking import track_candidate
from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.tasks import get_task
from core.tasks.training import CandidateResult, train
from materializers.estimator import EstimatorMaterializer


@step(
    cache_policy=cache_policy(__file__),
    output_materializers={"model": EstimatorMaterializer},
)
def train_candidate(
    train_set: Dataset,
    validation_set: Dataset,
    task: str,
    candidate: dict[str, Any],
    preprocessing: PreprocessingConfig,
    seed: int,
) -> tuple[Annotated[Pipeline, "model"], Annotated[CandidateResult, "candidate"]]:
    """Fit a candidate on the train set, measure it on validation, log both to the tracker."""
    chosen = get_task(task)
    config: Candidate = TypeAdapter(Candidate).validate_python(candidate)
    estimator = chosen.build(config, preprocessing, seed)
    fitted, result = train(chosen, config.name, estimator, train_set, validation_set)
    parameters = {
        "candidate": candidate,
        "preprocessing": preprocessing.model_dump(mode="json"),
        "seed": seed,
        "train_rows": len(train_set),
        "train_fingerprint": train_set.fingerprint,
    }
    tracked = track_candidate(fitted, result, train_set.labels, parameters)
    log_metadata({**result.metrics, "fit_seconds": result.fit_seconds})
    return fitted, tracked
