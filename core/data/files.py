"""The source ``file``: CSV, TSV, JSON Lines, Parquet."""

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from core.config.data import FileSource
from core.data.columns import plain_table, require_columns
from core.errors import ConfigError, DataError

# Arrow needs a row to fit into one block, and guesses column types from the first block.
_LARGEST_ROW = 64 * 2**20


@dataclass(frozen=True)
class _File:
    """A path and the setting that named it, for errors."""

    path: Path
    key: str

    def error(self, problem: str) -> DataError:
        return DataError(f"{self.key}: {self.path} {problem}")

    def damaged(self, problem: str) -> DataError:
        problem = " ".join(problem.split())
        shortened = problem if len(problem) <= 200 else f"{problem[:200]}..."
        return self.error(f"can't be read: {shortened}; mend the file")


def read_file(
    source: FileSource,
    *,
    text_column: str,
    columns: tuple[str, ...],
    key: str = "data.source.path",
) -> pa.Table:
    """Reads the needed columns of a file, in their plain form.

    The text column is always read as strings; types of the others are those of the file, in CSV
    and TSV guessed (integers, floats, booleans, else strings). A byte order mark is skipped.

    Args:
        source: The file.
        text_column: The column read as strings.
        columns: The columns to read, in this order.
        key: The setting that names the file, for errors.

    Raises:
        ConfigError: The file or a reader for its name's ending does not exist.
        DataError: The file is empty, damaged, not UTF-8, or lacks a column.
    """
    file = _File(existing_file(source), key)
    reader = _READERS[_format(source, key)]
    if file.path.stat().st_size == 0:
        raise file.error("is empty: give a file with rows")
    try:
        table = reader(file, text_column, columns)
        place = columns.index(text_column)
        table = table.set_column(place, text_column, table[text_column].cast(pa.large_string()))
    except (pa.ArrowException, OSError) as error:
        raise file.damaged(str(error)) from error
    if table.num_rows == 0:
        raise file.error("has no rows: give a file with rows")
    return plain_table(table)


def existing_file(source: FileSource) -> Path:
    """The path of a source.

    Raises:
        ConfigError: There is no such file.
    """
    path = Path(source.path).expanduser()
    if path.is_file():
        return path
    problem = "is a folder" if path.is_dir() else f"does not exist (working directory {Path.cwd()})"
    raise ConfigError(
        f"data.source.path: {path} {problem}: "
        "give a CSV, TSV, JSONL or Parquet file with --set data.source.path=FILE"
    )


def _format(source: FileSource, key: str) -> str:
    ending = source.format or Path(source.path).suffix.lower().removeprefix(".")
    if ending not in _READERS:
        raise ConfigError(
            f"{key}: can't tell the format of {source.path!r} from its ending: rename it to one of "
            f".{', .'.join(_READERS)}, or, for data.source, --set data.source.format=FORMAT"
        )
    return ending


def _read_csv(file: _File, text: str, columns: tuple[str, ...], delimiter: str = ",") -> pa.Table:
    _require_utf8(file)
    types = {text: pa.string()}
    table = _parse_csv(file.path, types, columns, delimiter)
    dates = [f.name for f in table.schema if pa.types.is_temporal(f.type)]
    if dates:  # a class named like a date keeps its spelling
        types |= dict.fromkeys(dates, pa.string())
        table = _parse_csv(file.path, types, columns, delimiter)
    return table


def _parse_csv(
    path: Path, types: dict[str, pa.DataType], columns: tuple[str, ...], delimiter: str
) -> pa.Table:
    # One thread: only then do errors tell the row.
    read = pa.csv.ReadOptions(use_threads=False, block_size=_LARGEST_ROW)
    parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    convert = pa.csv.ConvertOptions(
        column_types=types, include_columns=columns, null_values=[""], strings_can_be_null=True
    )
    try:
        return pa.csv.read_csv(path, read, parse, convert)
    except KeyError:
        names = pa.csv.open_csv(path, read, parse).schema.names
        require_columns(names, next(iter(types)), columns, str(path))
        raise


def _read_tsv(file: _File, text: str, columns: tuple[str, ...]) -> pa.Table:
    return _read_csv(file, text, columns, delimiter="\t")


def _read_jsonl(file: _File, text: str, columns: tuple[str, ...]) -> pa.Table:
    # Not Arrow's reader: it takes strings for dates, and numbers rows within a block.
    _require_utf8(file)
    names: dict[str, None] = {}
    values: dict[str, list[object]] = {name: [] for name in columns}
    for row in _json_rows(file):
        names |= dict.fromkeys(row)
        for name in columns:
            values[name].append(row.get(name))
    if values[text]:
        require_columns(list(names), text, columns, str(file.path))
    return pa.table({name: _json_column(file, name, values[name]) for name in columns})


def _json_rows(file: _File) -> Iterator[dict[str, object]]:
    with file.path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise file.damaged(f"line {number} is no JSON: {error}") from error
            if not isinstance(row, dict):
                raise file.damaged(f"line {number} is no JSON object")
            yield row


def _json_column(file: _File, name: str, values: list[object]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise file.damaged(f"column {name!r} mixes types or holds bad text: {error}") from error


def _read_parquet(file: _File, text: str, columns: tuple[str, ...]) -> pa.Table:
    with pa.parquet.ParquetFile(file.path) as parquet:
        require_columns(parquet.schema_arrow.names, text, columns, str(file.path))
        return parquet.read(columns=list(columns)).select(columns)


def _require_utf8(file: _File) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with file.path.open("rb") as content:
        while chunk := content.read(2**20):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                from_utf16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                encoding = "UTF-16" if from_utf16 else "WINDOWS-1252"
                raise file.error(
                    f"is not UTF-8 (line {line}): convert it, for example with: "
                    f"iconv -f {encoding} -t UTF-8 {file.path} > utf8{file.path.suffix}"
                ) from error
            line += chunk.count(b"\n")


_READERS: dict[str, Callable[[_File, str, tuple[str, ...]], pa.Table]] = {
    "csv": _read_csv,
    "tsv": _read_tsv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
}
