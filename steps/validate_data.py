"""Great Expectations on the raw rows."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from adapters.caching import cache_policy
from adapters.validation import check, conclude
from core.config.data import ValidationConfig
from core.data.dataset import Dataset
from core.tasks import get_task


@step(cache_policy=cache_policy(__file__))
def validate_data(
    dataset: Dataset, task: str, config: ValidationConfig
) -> Annotated[HTMLString, "raw_validation"]:
    """Fail once, with all violations, or return the page of the checks."""
    result = check(get_task(task), dataset, config, "raw", "raw")
    return conclude([result], report_name="raw_validation")
