"""Source → dataset."""

from typing import Annotated

from zenml import step

from adapters.caching import cache_policy
from core.config.data import DataConfig
from core.data.dataset import Dataset
from core.tasks import get_task
from materializers.dataset import DatasetMaterializer


@step(cache_policy=cache_policy(__file__), output_materializers={"dataset": DatasetMaterializer})
def load_data(
    task: str, config: DataConfig, seed: int, source_state: str
) -> Annotated[Dataset, "dataset"]:
    """Read the source; ``source_state`` makes a changed source miss the cache."""
    dataset = get_task(task).load(config, seed)
    print(f"{len(dataset)} rows, fingerprint {dataset.fingerprint}, source {source_state}")
    return dataset
