"""One candidate: search, fit, measure, track."""

from typing import Annotated, Any

from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline
from zenml import log_metadata, step

from adapters.caching import cache_policy
from adapters.search import search_journal
from adapters.tracking import track_candidate, track_search
from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.search.search import search
from core.tasks import get_task
from core.tasks.training import CandidateResult, fit_candidate
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
    coverage: float,
    metric: str | None,
    seed: int,
) -> tuple[Annotated[Pipeline, "model"], Annotated[CandidateResult, "candidate"]]:
    """Fit a candidate on the train set, measure it on validation, log both to the tracker.

    ``metric`` is what a search scores by; None where nothing is searched.
    """
    chosen = get_task(task)
    config: Candidate = TypeAdapter(Candidate).validate_python(candidate)
    parameters = {
        "candidate": candidate,
        "preprocessing": preprocessing.model_dump(mode="json"),
        "seed": seed,
        "train_rows": len(train_set),
        "train_fingerprint": train_set.fingerprint,
    }
    facts = parameters | {"metric": metric, "task": task}
    with search_journal(config, train_set, facts, __file__) as journal:
        found = None
        if metric is not None:
            found = search(chosen, config, preprocessing, train_set, metric, seed, journal)
            track_search(found)
        fitted, result = fit_candidate(
            chosen, config, preprocessing, train_set, validation_set, coverage, seed, found
        )
    tracked = track_candidate(fitted, result, train_set.labels, parameters)
    log_metadata({**result.metrics, "fit_seconds": result.fit_seconds})
    return fitted, tracked
