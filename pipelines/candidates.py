"""Splits → fitted candidates."""

from collections.abc import Callable
from typing import Any

from adapters.tracking import tracker_options
from core.config.job import JobConfig
from core.models.sharing import forget
from steps.train_candidate import train_candidate


def train_candidates(
    call: Callable[..., Any], job: JobConfig, train: Any, validation: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Models and results by the candidate's name, as a pipeline's step outputs."""
    models, results, tracked = {}, {}, tracker_options(job.name)
    for item in job.candidates:
        fit = call(
            train_candidate,
            f"train_{item.name}",
            tracked,
            candidate=item,
            preprocessing=job.preprocessing,
            coverage=job.evaluation.coverage,
            metric=job.selection.metric if item.search else None,
        )
        models[item.name], results[item.name] = fit(train, validation)
    forget()
    return models, results
