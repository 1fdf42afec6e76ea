"""The raw rows that a release is monitored against."""

from typing import Annotated

from zenml import step

from adapters.caching import cache_policy
from core.data.dataset import Dataset, sample_rows
from materializers.dataset import DatasetMaterializer


@step(cache_policy=cache_policy(__file__), output_materializers={"reference": DatasetMaterializer})
def sample_reference(train: Dataset, rows: int, seed: int) -> Annotated[Dataset, "reference"]:
    """A seeded sample of raw training rows."""
    return sample_rows(train, rows, seed)
