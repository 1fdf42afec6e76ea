"""From the label values of a source to class ids.

A value belongs to the class that it spells: ``"World"`` to World, 3 to the label ``"3"``. Where no
value of a column spells a label, values are class ids: 0, ``"0"``, 0.0 or false is ``labels[0]``.
One column is read one way: names or ids, never both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data.columns import plain
from core.data.dataset import Dataset
from core.errors import DataError

Value = str | int | float | bool


def distinct_values(column: pa.ChunkedArray, name: str) -> list[Value]:
    """The sorted distinct values of a label column, missing ones left out."""
    return sorted(pc.unique(plain(column, name)).drop_null().to_pylist())


def label_names(values: Iterable[Value]) -> tuple[str, ...]:
    """Names for the classes of a source that has none of its own: the values as text."""
    return tuple(_spellings(value)[0] for value in values)


def label_ids(values: Iterable[Value], labels: Sequence[str]) -> dict[Value, int]:
    """The class id of each value that stands for a label; other values are left out.

    Args:
        values: Distinct label values of one column.
        labels: Class names in id order.
    """
    values = list(values)
    ids = {name: i for i, name in enumerate(labels)}
    named = {value: ids[s] for value in values for s in _spellings(value) if s in ids}
    if named:
        return named
    return {value: int(value) for value in values if _is_id(value, len(labels))}


def valid_label_values(dataset: Dataset) -> list[Value]:
    """The values in the label column that stand for a label: what a suite may expect."""
    if dataset.encoded:
        return list(range(len(dataset.labels)))
    return list(_ids(dataset))


def encode_labels(dataset: Dataset) -> Dataset:
    """The same rows with class ids (int64) in the label column.

    Raises:
        DataError: A label is missing or stands for none of the labels.
    """
    if dataset.encoded:
        return dataset
    values = dataset.frame[dataset.label]
    encoded = values.map(_ids(dataset))
    if encoded.isna().any():
        raise _unknown_label(dataset, encoded.isna().idxmax())
    frame = dataset.frame.assign(**{dataset.label: encoded.astype("int64")})
    return replace(dataset, frame=frame, encoded=True)


def _ids(dataset: Dataset) -> dict[Value, int]:
    column = pa.chunked_array([pa.array(dataset.frame[dataset.label], from_pandas=True)])
    return label_ids(distinct_values(column, dataset.label), dataset.labels)


def _unknown_label(dataset: Dataset, row: object) -> DataError:
    value = dataset.frame.at[row, dataset.label]
    found = "no label" if pd.isna(value) else f"the label {value!r}"
    return DataError(
        f"data.labels: row {row} (from 0) has {found}; known labels are "
        f"{', '.join(dataset.labels)}: mend the row or data.labels"
    )


def _spellings(value: Value) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (str(value).lower(), str(value))
    return (str(value),)


def _is_id(value: Value, classes: int) -> bool:
    if isinstance(value, str):
        return value in map(str, range(classes))
    return value in range(classes)
