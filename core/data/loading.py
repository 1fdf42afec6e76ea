"""From the ``data`` section of a config to a dataset."""

import hashlib
from pathlib import Path
from typing import assert_never

import numpy as np
import pyarrow as pa

from core.config.data import DataConfig, EmbeddedSource, FileSource, HubSource, Source
from core.data.columns import as_text, plain_table, require_columns
from core.data.dataset import Dataset
from core.data.files import existing_file, read_file
from core.data.fingerprint import fingerprint
from core.data.headlines import TOPICS, generate_headlines
from core.data.hub import read_hub, resolve_commit
from core.data.labels import distinct_values, label_names
from core.data.prediction_log import log_state
from core.data.sampling import stratified_limit
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
    table, names = _read(config)
    table = as_text(table, config.slices)
    values = distinct_values(table[config.label], config.label)
    if table[config.text].null_count == table.num_rows:
        raise DataError(
            f"data.text: column {config.text!r} has no text in any of {table.num_rows} rows: "
            "name the column with the text, --set data.text=COLUMN"
        )
    if len(values) < 2:
        found = f"only the value {values[0]!r}" if values else "no values"
        raise DataError(
            f"data.label: column {config.label!r} has {found}; a classifier needs at least two "
            "classes: add rows of another class, or name the label column, --set data.label=COLUMN"
        )
    rows = np.arange(table.num_rows)
    if config.limit:
        rows = stratified_limit(table[config.label].to_pandas(), config.limit, seed)
        table = table.take(pa.array(rows))
    return Dataset(
        # The index keeps each row's number in the source, for messages about it.
        frame=table.to_pandas().set_index(rows),
        inputs=(config.text,),
        label=config.label,
        labels=config.labels or names or label_names(values),
        encoded=False,
        fingerprint=fingerprint(table),
        slices=config.slices,
    )


def source_state(source: Source) -> str:
    """What changes when the source's content does; belongs into a cache key.

    The SHA-256 of a file, the commit of a hub data set; generated data depends on nothing but its
    settings and our code.

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
        case EmbeddedSource():
            return "embedded"
        case _:
            assert_never(source)


def batch_state(path: str) -> str:
    """What changes when a batch does: see :func:`source_state`, and ``log_state`` for a log."""
    if Path(path).is_dir():
        return log_state(Path(path))
    return source_state(FileSource(kind="file", path=path))


def _read(config: DataConfig) -> tuple[pa.Table, tuple[str, ...] | None]:
    columns = (config.text, config.label, *config.slices)
    match config.source:
        case FileSource() as source:
            return read_file(source, text_column=config.text, columns=columns), None
        case HubSource() as source:
            return read_hub(source, text_column=config.text, columns=columns)
        case EmbeddedSource() as source:
            table = plain_table(generate_headlines(source.rows, source.seed))
            require_columns(table.column_names, config.text, columns, "the embedded data")
            return table, TOPICS
        case _:
            assert_never(config.source)
