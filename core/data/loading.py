"""From the ``data`` section of a config to a dataset."""

import hashlib
from pathlib import Path
from typing import assert_never

import numpy as np
import pandas as pd
import pyarrow as pa

from core.config.data import (
    DataConfig,
    EmbeddedSource,
    FileSource,
    HubSource,
    SklearnSource,
    Source,
)
from core.data.columns import as_text, plain, require_columns
from core.data.dataset import Dataset
from core.data.files import existing_file
from core.data.fingerprint import fingerprint
from core.data.hub import resolve_commit
from core.data.labels import class_names, class_values
from core.data.prediction_log import log_state, read_logged_texts
from core.data.sampling import stratified_limit
from core.data.sources import open_batch, open_source
from core.data.stream import Stream
from core.errors import DataError


def load_dataset(config: DataConfig, seed: int) -> Dataset:
    """Loads the rows that a config asks for, with the label values of the source.

    Args:
        config: The ``data`` section.
        seed: Seed of the stratified limit.

    Returns:
        A dataset that is not encoded; its labels are ``config.labels``, else the source's own
        names, else the sorted distinct values as text.

    Raises:
        ConfigError: The source does not exist.
        DataError: The source can't be read, lacks a column, has no text or fewer than two classes.
    """
    source = open_source(config.source)
    others = dict.fromkeys(config.slices, "data.slices")
    wanted = {config.text: "data.text", config.label: "data.label"} | others
    require_columns(source.names, wanted, source.where)
    kept = stratified_rows(source, config, seed)
    table = source.read(tuple(wanted), kept, texts=(config.text,))
    table = as_text(table, (config.text, *config.slices))
    if table[config.text].null_count == table.num_rows:
        raise DataError(
            f"data.text: column {config.text!r} has no text in any of {table.num_rows} rows: "
            "name the column with the text, --set data.text=COLUMN"
        )
    place = table.column_names.index(config.label)
    table = table.set_column(place, config.label, class_values(table[config.label]))
    rows = np.arange(table.num_rows) if kept is None else kept
    return Dataset(
        # The index keeps each row's number in the source, for messages about it.
        frame=table.to_pandas().set_index(rows),
        inputs=(config.text,),
        label=config.label,
        labels=class_names(table[config.label], config, source.classes),
        encoded=False,
        fingerprint=fingerprint(table),
        slices=config.slices,
    )


def load_texts(path: str, config: DataConfig, model: str) -> pd.DataFrame:
    """The texts of a batch: a file, or the prediction log of a model's service.

    Raises:
        ConfigError: The file does not exist.
        DataError: The batch can't be read or has no texts.
    """
    if Path(path).is_dir():
        texts = plain(read_logged_texts(Path(path), model), config.text)
        return pa.table({config.text: texts}).to_pandas()
    batch = open_batch(path, config.source)
    require_columns(batch.names, {config.text: "data.text"}, batch.where)
    columns = (config.text,)
    return as_text(batch.read(columns, texts=columns), columns).to_pandas()


def stratified_rows(source: Stream, config: DataConfig, seed: int) -> np.ndarray | None:
    """The rows that ``data.limit`` keeps, in ascending order; None for all.

    Only the label column is read.
    """
    if not config.limit:
        return None
    labels = class_values(source.read((config.label,))[config.label])
    return stratified_limit(labels.to_pandas(), config.limit, seed)


def source_state(source: Source) -> str:
    """What changes when the source's content does; belongs into a cache key.

    The SHA-256 of a file, the commit of a hub data set; generated data depends on nothing but its
    settings and our code, and so do the data sets of scikit-learn on its version.

    Raises:
        ConfigError: The source does not exist.
        SourceUnavailableError: The hub doesn't answer and the data set is not in the cache.
    """
    match source:
        case FileSource():
            with existing_file(source).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        case HubSource():
            return resolve_commit(source).sha
        case EmbeddedSource() | SklearnSource():
            return source.kind
        case _:
            assert_never(source)


def batch_state(path: str) -> str:
    """What changes when a batch does: see :func:`source_state`, and ``log_state`` for a log."""
    if Path(path).is_dir():
        return log_state(Path(path))
    return source_state(FileSource(kind="file", path=path))
