"""The best candidate by the config's metric."""

from typing import Annotated

from zenml import log_metadata, step

from adapters.caching import cache_policy
from core.evaluation.selection import select
from core.tasks.training import CandidateResult


@step(cache_policy=cache_policy(__file__))
def select_candidate(candidates: list[CandidateResult], metric: str) -> Annotated[str, "selected"]:
    """Name of the candidate that goes on to the gate."""
    best = select([(item.name, item.metrics) for item in candidates], metric)
    log_metadata({"selected": best, "metric": metric})
    return best
