"""What the suites of tables speak of: the columns themselves, and roles, which begin with ``@``."""

from typing import Any

import numpy as np
import pandas as pd

from core.config.data import ValidationConfig
from core.data.dataset import Dataset
from core.data.labels import class_ratio, valid_label_values
from core.data.tables import row_keys, table_frame

_NAMED = 5


def table_view(dataset: Dataset) -> pd.DataFrame:
    """The input columns and these roles.

    - ``@label``: what to predict; a quantity as float64.
    - ``@class_ratio``: rows of the largest class per row of this row's class; of classes only.
    - ``@row``: equal for rows whose inputs and label are equal.
    - ``@largest_gap`` and ``@emptiest``: the largest share of missing values in an input column,
      and that column; the same in every row.
    - ``@constants`` and ``@constant``: how many input columns have one value or none, and the
      first few of them; the same in every row.
    """
    roles: dict[str, Any] = {"@label": dataset.frame[dataset.label], "@row": row_keys(dataset)}
    if dataset.labels:
        roles["@class_ratio"] = class_ratio(dataset)
    return _with_roles(table_frame(dataset), roles)


def table_batch_view(frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
    """The same for a batch, which has no label."""
    inputs = frame[list(like.inputs)]
    return _with_roles(inputs, {"@row": pd.util.hash_pandas_object(inputs, index=False)})


def table_parameters(dataset: Dataset, config: ValidationConfig, stage: str) -> dict[str, Any]:
    """Values of the parameters of the suites; see :func:`table_batch_parameters`."""
    has_ids = dataset.encoded or not dataset.labels
    return {
        **table_batch_parameters(config),
        "min_rows": config.min_rows if stage == "raw" else config.min_split_rows,
        "min_present_ratio": 1 - config.max_null_ratio if stage == "raw" else 1.0,
        "labels": list(range(len(dataset.labels))) if has_ids else valid_label_values(dataset),
        "classes": len(dataset.labels),
        "max_class_ratio": config.max_class_ratio,
    }


def table_batch_parameters(config: ValidationConfig) -> dict[str, Any]:
    """Values of the parameters that checks of a batch use."""
    return {"min_rows": 1, "max_gap": config.max_gap}


def _with_roles(inputs: pd.DataFrame, roles: dict[str, Any]) -> pd.DataFrame:
    gaps = inputs.isna().mean()
    constants = [name for name in inputs.columns if inputs[name].nunique(dropna=False) < 2]
    shown = constants[:_NAMED] + (["..."] if len(constants) > _NAMED else [])
    of_all = {
        "@largest_gap": gaps.max(),
        "@emptiest": gaps.idxmax(),
        "@constants": len(constants),
        "@constant": ", ".join(shown),
    }
    every = {name: np.repeat(value, len(inputs)) for name, value in of_all.items()}
    return pd.concat([inputs, pd.DataFrame(roles | every, index=inputs.index)], axis=1)
