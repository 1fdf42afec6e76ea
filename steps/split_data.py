"""Dataset → encoded train, validation and test sets."""

from typing import Annotated

from zenml import step

from adapters.caching import cache_policy
from core.config.data import SplitShares
from core.data.dataset import Dataset
from core.tasks import get_task
from materializers.dataset import DatasetMaterializer


# By name and in order: with one materializer for all outputs ZenML 0.98 returns them in the order
# of a set, which differs from process to process.
@step(
    cache_policy=cache_policy(__file__),
    output_materializers=dict.fromkeys(("train", "validation", "test"), DatasetMaterializer),
)
def split_data(
    dataset: Dataset, task: str, shares: SplitShares, seed: int, drop_duplicates: bool
) -> tuple[
    Annotated[Dataset, "train"], Annotated[Dataset, "validation"], Annotated[Dataset, "test"]
]:
    """Split by class, seeded; rows with a missing value or a repeated text are left out."""
    splits = get_task(task).split(dataset, shares, seed, drop_duplicates)
    kept = sum(map(len, splits.values()))
    sizes = ", ".join(f"{name} {len(split)}" for name, split in splits.items())
    print(f"{len(dataset)} rows -> {sizes}; {len(dataset) - kept} left out")
    return splits["train"], splits["validation"], splits["test"]
