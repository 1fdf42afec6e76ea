"""A batch file or a prediction log → its input rows."""

from typing import Annotated

import pandas as pd
from zenml import step

from adapters.caching import cache_policy
from core.config.data import DataConfig
from core.data.dataset import Dataset
from core.tasks import get_task
from materializers.frame import FrameMaterializer


@step(cache_policy=cache_policy(__file__), output_materializers={"batch": FrameMaterializer})
def load_batch(
    reference: Dataset, task: str, data: DataConfig, model: str, path: str, source_state: str
) -> Annotated[pd.DataFrame, "batch"]:
    """Read a batch; ``source_state`` makes a changed one miss the cache."""
    batch = get_task(task).load_batch(path, data, model, reference)
    print(f"{len(batch)} rows of {path}, state {source_state}")
    return batch
