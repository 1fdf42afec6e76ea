"""Data → validated splits."""

from collections.abc import Callable
from typing import Any

from core.config.job import JobConfig
from steps.load_data import load_data
from steps.split_data import split_data
from steps.validate_data import validate_data
from steps.validate_splits import validate_splits


def prepare_data(call: Callable[..., Any], job: JobConfig, state: str) -> tuple[Any, Any, Any, Any]:
    """The dataset and its train, validation and test split, as a pipeline's step outputs."""
    dropped = job.validation.duplicates == "drop"
    dataset = call(load_data, config=job.data, source_state=state)()
    call(validate_data, config=job.validation)(dataset)
    split = call(split_data, shares=job.data.split, drop_duplicates=dropped)
    train, validation, test = split(dataset)
    checked = call(validate_splits, config=job.validation, costs=job.evaluation.costs)
    checked(train, validation, test)
    return dataset, train, validation, test
