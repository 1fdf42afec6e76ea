"""A dataset's rows as a service gets them."""

import pandas as pd

from core.data.dataset import Dataset
from core.features import Value


def served_rows(dataset: Dataset) -> list[dict[str, Value]]:
    """The rows in their plain form, see ``core.features``, in the order of the inputs."""
    columns = [_values(dataset.frame[name]) for name in dataset.inputs]
    return [dict(zip(dataset.inputs, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pd.Series) -> list[Value]:
    values: list[Value] = column.astype(object).where(column.notna(), None).tolist()
    return values
