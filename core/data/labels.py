"""From the label values of a source to class ids.

A value belongs to the class that it spells: ``"World"`` to World, 3 to the label ``"3"``. Where no
value of a column spells a label, values are class ids: 0, ``"0"``, 0.0 or false is ``labels[0]``.
One column is read one way: names or ids, never both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.config.data import DataConfig
from core.data.columns import plain, unless_blank
from core.data.dataset import Dataset
from core.errors import DataError

Value = str | int | float | bool

# More distinct values than this are no classes when most of them stand in one row only.
MOST_CLASSES = 50


def class_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A label column, in its plain form, as classes are told apart: spaces around texts are none.

    Blank texts are missing.
    """
    if not pa.types.is_large_string(column.type):
        return column
    return unless_blank(pc.utf8_trim_whitespace(column))


def distinct_values(column: pa.ChunkedArray, name: str) -> list[Value]:
    """The sorted distinct values of a label column, missing ones left out."""
    return sorted(pc.unique(plain(column, name)).drop_null().to_pylist())


def class_names(
    column: pa.ChunkedArray, config: DataConfig, named: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The classes of a label column: the config's, else the source's own, else its values.

    Args:
        column: The label column, in its plain form.
        config: The ``data`` section.
        named: The source's own names of classes, by column.

    Raises:
        DataError: There are fewer than two classes, or the values are no classes but quantities.
    """
    key, name = "data.label", config.label
    values = distinct_values(column, name)
    if len(values) < 2:
        found = f"only the value {values[0]!r}" if values else "no values"
        raise DataError(
            f"{key}: column {name!r} has {found}; a classifier needs at least two classes: add "
            "rows of another class, or name the label column, --set data.label=COLUMN"
        )
    if known := config.labels or named.get(name):
        return known
    if pa.types.is_floating(column.type):
        raise DataError(
            f"{key}: column {name!r} holds fractions such as {values[0]!r}, which are no classes: "
            "name another column, or predict the number, --set task=regression"
        )
    if len(values) > max(MOST_CLASSES, (len(column) - column.null_count) // 2):
        raise DataError(
            f"{key}: column {name!r} has {len(values)} different values in {len(column)} rows, "
            "which are no classes: name another column, or list the classes in data.labels; for "
            "a number, --set task=regression"
        )
    return label_names(values)


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


def class_ratio(dataset: Dataset) -> pd.Series:
    """Rows of the largest class per row of each row's class; missing where the label is none."""
    labels = dataset.frame[dataset.label]
    # Values outside the set are the label check's business.
    known = labels.where(labels.isin(valid_label_values(dataset)))
    counts = known.map(known.value_counts())
    return (counts.max() / counts).astype(float)


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
