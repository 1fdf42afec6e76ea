"""From a source to the rows of a table, and from these to its splits."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from core.config.data import DataConfig, SplitShares
from core.data.columns import require_columns
from core.data.dataset import Dataset, take
from core.data.dates import date_format
from core.data.fingerprint import fingerprint
from core.data.kinds import Inferred, infer_kind
from core.data.labels import class_names, class_values, encode_labels
from core.data.loading import stratified_rows
from core.data.prediction_log import read_logged_texts
from core.data.sampling import stratified_limit
from core.data.sources import decimal_mark, open_batch, open_source
from core.data.splits import quantile_strata, stratified_split
from core.data.stream import Stream
from core.data.values import Reading
from core.errors import DataError
from core.features import Kind

logger = logging.getLogger(__name__)

_NO_NUMBER = "mend the row, name another column, or set task: tabular_classification"


def load_table(config: DataConfig, seed: int, *, has_classes: bool) -> Dataset:
    """Loads the rows that a config asks for, with the label values of the source.

    Without ``config.columns`` their kinds are inferred from the rows kept, and columns that name
    rows, have one value or none are left out; the log says which.

    Args:
        config: The ``data`` section.
        seed: Seed of the limit.
        has_classes: Whether the label is a class; else it is a quantity, read as float64.

    Returns:
        A dataset that is not encoded, see :class:`core.data.dataset.Dataset`.

    Raises:
        ConfigError: The source does not exist.
        DataError: The source can't be read, lacks a column, holds a value of another kind than
            its column, or has nothing to learn from.
    """
    source = open_source(config.source)
    wanted = dict(_wanted(config))
    require_columns(source.names, wanted, source.where)
    names = tuple(config.columns or _others(source.names, config))
    rows = _rows(source, config, seed, has_classes)
    columns = tuple(dict.fromkeys((*names, config.label, *config.slices)))
    # A class column gets the types of its values; other columns their kind's.
    texts = columns if not has_classes else tuple(c for c in columns if c != config.label)
    table = source.read(columns, rows, texts)
    reading = Reading(
        np.arange(table.num_rows) if rows is None else rows, decimal_mark(config.source)
    )
    kinds = config.columns or _inferred_kinds(table.select(names), reading)
    values = {name: reading.values(table[name], name, kind) for name, kind in kinds.items()}
    values[config.label] = _label(table[config.label], config.label, reading, has_classes)
    for name in config.slices:
        if name not in values:
            values[name] = _slice(table[name], name, reading)
    plain = pa.table(values)
    return Dataset(
        frame=plain.to_pandas().set_index(np.asarray(reading.rows)),
        inputs=tuple(kinds),
        label=config.label,
        labels=class_names(plain[config.label], config, source.classes) if has_classes else (),
        encoded=False,
        fingerprint=fingerprint(plain),
        slices=config.slices,
        kinds=tuple(kinds.values()),
        nullable=tuple(name for name in kinds if values[name].null_count),
        formats=_date_formats(table, kinds),
    )


def load_table_batch(path: str, config: DataConfig, model: str, like: Dataset) -> pd.DataFrame:
    """The input columns of a batch: a file, or the prediction log of a model's service.

    Raises:
        ConfigError: The file does not exist.
        DataError: The batch can't be read, lacks a column, or a value is of another kind.
    """
    kinds = dict(zip(like.inputs, like.kinds, strict=True))
    if Path(path).is_dir():
        return _logged_rows(Path(path), model, kinds)
    source = open_batch(path, config.source)
    require_columns(source.names, dict.fromkeys(kinds, "--batch"), source.where)
    table = source.read(tuple(kinds), texts=tuple(kinds))
    decimal = decimal_mark(config.source)
    reading = Reading(range(table.num_rows), decimal, "--batch", like.formats)
    values = {name: reading.values(table[name], name, kind) for name, kind in kinds.items()}
    return pa.table(values).to_pandas()


def table_frame(dataset: Dataset) -> pd.DataFrame:
    """The input columns."""
    return dataset.frame[list(dataset.inputs)]


def split_table(
    dataset: Dataset, shares: SplitShares, seed: int, drop_duplicates: bool
) -> dict[str, Dataset]:
    """Encoded train, validation and test sets, stratified by class or by quantiles of the quantity.

    Rows without a label are left out. Equal rows (inputs and label) are dropped but for the first,
    or stay together in one split.

    Raises:
        DataError: A class has fewer than three distinct rows, or so has the whole table.
    """
    labelled = dataset.frame[dataset.label].notna()
    kept = dataset if labelled.all() else take(dataset, np.flatnonzero(labelled))
    encoded = encode_labels(kept) if kept.labels else replace(kept, encoded=True)
    first = _first_equal_rows(encoded)
    distinct = np.unique(first)
    y = encoded.y[distinct]
    strata, names = (y, encoded.labels) if encoded.labels else quantile_strata(y, encoded.label)
    places = stratified_split(strata, shares, seed, names)
    rows = {name: distinct[part] for name, part in places.items()}
    if not drop_duplicates:
        rows = {name: np.flatnonzero(np.isin(first, part)) for name, part in rows.items()}
    return {name: take(encoded, part) for name, part in rows.items()}


def table_leaks(splits: Mapping[str, Dataset]) -> list[tuple[str, int, str, int]]:
    """Rows that repeat a row of an earlier split: (split, row, later split, row)."""
    seen: dict[int, tuple[str, int]] = {}
    leaks = []
    for split, dataset in splits.items():
        for row, key in zip(dataset.frame.index, row_keys(dataset), strict=True):
            where = seen.setdefault(key, (split, int(row)))
            if where[0] != split:
                leaks.append((*where, split, int(row)))
    return leaks


def row_keys(dataset: Dataset) -> np.ndarray:
    """A hash of each row's inputs and label, uint64; equal for equal rows."""
    frame = dataset.frame[[*dataset.inputs, dataset.label]]
    keys: np.ndarray = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return keys


def _wanted(config: DataConfig) -> Iterator[tuple[str, str]]:
    yield from dict.fromkeys(config.columns or (), "data.columns").items()
    yield from dict.fromkeys(config.drop, "data.drop").items()
    yield from dict.fromkeys(config.slices, "data.slices").items()
    yield config.label, "data.label"


def _others(names: tuple[str, ...], config: DataConfig) -> Iterator[str]:
    left_out = {config.label, *config.drop}
    return (name for name in names if name not in left_out)


def _rows(source: Stream, config: DataConfig, seed: int, has_classes: bool) -> np.ndarray | None:
    if has_classes or not config.limit:
        return stratified_rows(source, config, seed)
    labels = source.read((config.label,), texts=(config.label,))[config.label]
    reading = Reading(range(len(labels)), decimal_mark(config.source), "data.label")
    values = reading.numbers(labels, config.label, _NO_NUMBER).to_pandas()
    return stratified_limit(pd.qcut(values, 10, duplicates="drop"), config.limit, seed)


def _inferred_kinds(table: pa.Table, reading: Reading) -> dict[str, Kind]:
    found = {name: infer_kind(table[name], name, reading.decimal) for name in table.column_names}
    for name, inferred in found.items():
        if inferred.use != "input":
            logger.warning("data.columns: %s left out: %s", name, _said(inferred))
        elif inferred.doubt:
            logger.warning("data.columns: %s is a %s, but: %s", name, inferred.kind, inferred.doubt)
    kinds = {name: inferred.kind for name, inferred in found.items() if inferred.use == "input"}
    if not kinds:
        told = "; ".join(f"{name}: {_said(item)}" for name, item in list(found.items())[:8])
        raise DataError(
            f"data.columns: no column to learn from ({told or 'there is only the label'}): add a "
            "column, or name those to use all the same, --set 'data.columns={COLUMN: number}'"
        )
    return kinds


def _date_formats(table: pa.Table, kinds: Mapping[str, Kind]) -> dict[str, str]:
    dates = [name for name, kind in kinds.items() if kind == "date"]
    found = {name: date_format(table[name].cast(pa.large_string())) for name in dates}
    return {name: form for name, form in found.items() if form is not None}


def _said(inferred: Inferred) -> str:
    article = {"identifier": "an identifier, ", "constant": "constant, ", "empty": ""}
    return article[inferred.use] + inferred.reason


def _label(
    column: pa.ChunkedArray, name: str, reading: Reading, has_classes: bool
) -> pa.ChunkedArray:
    if has_classes:
        return class_values(column)
    return replace(reading, key="data.label").numbers(column, name, _NO_NUMBER)


def _slice(column: pa.ChunkedArray, name: str, reading: Reading) -> pa.ChunkedArray:
    is_number = infer_kind(column, name, reading.decimal).kind == "number"
    return reading.values(column, name, "number" if is_number else "category")


def _first_equal_rows(dataset: Dataset) -> np.ndarray:
    """The position of the first row that each row equals, shape (rows,)."""
    _, first, inverse = np.unique(row_keys(dataset), return_index=True, return_inverse=True)
    return first[inverse]


def _logged_rows(folder: Path, model: str, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    rows = [json.loads(text) for text in read_logged_texts(folder, model).to_pylist()]
    types = {"number": pa.float64()}
    try:
        values = {
            name: pa.array([row.get(name) for row in rows], types.get(kind, pa.large_string()))
            for name, kind in kinds.items()
        }
    except (AttributeError, pa.ArrowException) as error:
        raise DataError(
            f"--batch: {folder} has rows of other columns than the model's ({error}): give the log "
            "of this model's service"
        ) from error
    return pa.table(values).to_pandas()
