"""Great Expectations on a batch; its violations are a result, not a failure."""

from typing import Annotated

import pandas as pd
from zenml import log_metadata, step
from zenml.types import HTMLString

from adapters.caching import cache_policy
from adapters.components import data_validator
from core.config.data import ValidationConfig
from core.data.dataset import Dataset
from core.tasks import get_task
from expectations.page import render_page
from expectations.result import Violation


@step(cache_policy=cache_policy(__file__))
def check_batch(
    batch: pd.DataFrame, reference: Dataset, task: str, config: ValidationConfig
) -> tuple[
    Annotated[list[Violation], "batch_violations"], Annotated[HTMLString, "batch_validation"]
]:
    """Check the input columns against the suite's expectations for batches."""
    chosen = get_task(task)
    result = data_validator().data_validation(
        chosen.batch_view(batch, reference),
        check_list=[config.suite],
        stage="batch",
        table="batch",
        parameters=chosen.batch_parameters(config),
        tolerated=frozenset({"duplicates"}),
    )
    log_metadata({"violations": [str(item) for item in result.violations]})
    return list(result.violations), HTMLString(render_page([result]))
