"""Parquet files."""

from collections.abc import Iterator, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.parquet

from core.data.formats.file import Opened, SourceFile

_ROWS = 65_536


def open_parquet(file: SourceFile) -> Opened:
    """The columns of a file, read a part of a row group at a time.

    Raises:
        DataError: The file is damaged.
    """
    try:
        with pa.parquet.ParquetFile(file.path) as parquet:
            names = parquet.schema_arrow.names
    except (pa.ArrowException, OSError) as error:
        raise file.damaged(str(error)) from error
    return Opened(file.require_distinct(names), partial(_batches, file))


def _batches(file: SourceFile, columns: Sequence[str]) -> Iterator[pa.Table]:
    try:
        with pa.parquet.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(_ROWS, columns=list(columns)):
                yield pa.Table.from_batches([batch]).select(list(columns))
    except (pa.ArrowException, OSError) as error:
        raise file.damaged(str(error)) from error
