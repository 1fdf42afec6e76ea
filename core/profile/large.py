"""Samples of large files: the beginning, and pieces from evenly spread places."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from core.config.data import FileSource
from core.errors import DataError
from core.profile.pieces import LARGEST_PIECE, decoded, later_blocks, read_head
from core.profile.sample import Sample, readable, rows_to_look_at, spread

_GROUPS = 16
# Of a block that begins within a quoted field, most lines are cut wrongly.
_SOUND_SHARE = 0.8


def sample_large_csv(path: Path, source: FileSource, names: tuple[str, ...], mark: str) -> Sample:
    """Look at parts of a CSV or TSV file; the number of rows is estimated.

    Args:
        path: The file.
        source: How a run reads it.
        names: Its columns.
        mark: What separates them.

    Raises:
        DataError: its beginning is not UTF-8 or has a ragged row.
    """
    head = read_head(path)
    decoded(path, head)
    first, ragged = _parsed(head, mark, len(names))
    if ragged:
        raise DataError(
            f"--data: {path} has {ragged[0].actual_columns} values in row {ragged[0].number} (the "
            f"header is row 1), and {len(names)} columns: mend the row"
        )
    first = first.slice(1)
    blocks = [_sound(block, mark, len(names)) for block in later_blocks(path, len(head))]
    # A block that begins within a quoted field has that many rows of its rest.
    broken = _most_line_ends(first)
    parts = [first, *(block.slice(broken) for block in blocks)]
    table = spread(pa.concat_tables(parts), rows_to_look_at(len(names)))
    rows = round(first.num_rows * path.stat().st_size / len(head))
    return Sample(source, table.rename_columns(names), rows, is_estimate=True, is_typed=False)


def sample_large_jsonl(path: Path, source: FileSource) -> Sample:
    """Look at parts of a JSON Lines file; the number of rows is estimated.

    Raises:
        DataError: its beginning is not UTF-8, or a line is no JSON object.
    """
    head = read_head(path)
    records = list(_records(path, decoded(path, head)))
    rows = round(len(records) * path.stat().st_size / len(head))
    for block in later_blocks(path, len(head)):
        records += _records(path, block.decode("utf-8", "replace"))
    names = dict.fromkeys(name for record in records for name in record)
    kept = records[:: max(1, len(records) // rows_to_look_at(len(names)))]
    arrays, unreadable = {}, {}
    for name in names:
        try:
            arrays[name] = pa.array([record.get(name) for record in kept])
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            unreadable[name] = "mixes types of values: write them all alike"
    table, nested = readable(pa.table(arrays))
    return Sample(source, table, rows, is_estimate=True, unreadable=unreadable | nested)


def sample_large_parquet(path: Path, source: FileSource) -> Sample:
    """Look at the first rows of some row groups."""
    with pa.parquet.ParquetFile(path) as parquet:
        count = parquet.num_row_groups
        groups = sorted({count * number // _GROUPS for number in range(_GROUPS)})
        each = max(1, rows_to_look_at(parquet.metadata.num_columns) // len(groups))
        firsts = [next(parquet.iter_batches(each, row_groups=[group])) for group in groups]
        rows = parquet.metadata.num_rows
    table, unreadable = readable(pa.Table.from_batches(firsts))
    return Sample(source, table, rows, unreadable=unreadable)


def parquet_is_large(path: Path) -> bool:
    """Whether a Parquet file, which is sound, has more values than are looked at."""
    with pa.parquet.ParquetFile(path) as parquet:
        return bool(parquet.metadata.num_rows > rows_to_look_at(parquet.metadata.num_columns))


def _sound(block: bytes, mark: str, fields: int) -> pa.Table:
    table, ragged = _parsed(block, mark, fields)
    is_sound = table.num_rows >= _SOUND_SHARE * (table.num_rows + len(ragged))
    return table if is_sound else table.slice(0, 0)


def _most_line_ends(table: pa.Table) -> int:
    """In one value."""
    counts = [pc.max(pc.count_substring(column, "\n")).as_py() for column in table.columns]
    return max((count for count in counts if count), default=0)


def _parsed(content: bytes, mark: str, fields: int) -> tuple[pa.Table, list[Any]]:
    """All rows as texts, and those with too few or too many fields."""
    ragged: list[Any] = []

    def skip(row: Any) -> str:
        ragged.append(row)
        return "skip"

    names = [str(number) for number in range(fields)]
    read = pa.csv.ReadOptions(use_threads=False, block_size=LARGEST_PIECE, column_names=names)
    parse = pa.csv.ParseOptions(delimiter=mark, newlines_in_values=True, invalid_row_handler=skip)
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.large_string()),
        null_values=[""],
        strings_can_be_null=True,
    )
    return pa.csv.read_csv(io.BytesIO(content), read, parse, convert), ragged


def _records(path: Path, text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataError(
                f"--data: {path} can't be read: line {number} is no JSON: {error}; mend the file"
            ) from error
        if not isinstance(record, dict):
            raise DataError(f"--data: {path} can't be read: line {number} is no JSON object")
        yield record
