"""CSV and TSV files, as texts; a missing value is an empty field."""

import csv
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from core.config.data import FileSource
from core.data.formats.file import Opened, SourceFile

_MARKS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
# Arrow needs a row to fit into one block, and reads 32 blocks ahead of what is asked for.
_LARGE_FILE = 512 * 2**20
_BLOCK, _BLOCK_OF_LARGE = 64 * 2**20, 8 * 2**20


def open_csv(file: SourceFile, source: FileSource) -> Opened:
    """Rows of texts, separated by commas unless the source says otherwise.

    Raises:
        DataError: The file is not UTF-8, or its header has one name twice or another separator.
    """
    return _open(file, source.separator or ",")


def open_tsv(file: SourceFile, source: FileSource) -> Opened:
    """The same with tabs."""
    return _open(file, source.separator or "\t")


def _open(file: SourceFile, mark: str) -> Opened:
    names = file.require_distinct(_header(file, mark))
    other = next((each for each in _MARKS if each in names[0]), None) if len(names) == 1 else None
    if other:
        raise file.error(
            f"has one column, {names[0][:60]!r}, when a {_MARKS.get(mark, mark)} separates: it "
            f"looks separated by a {_MARKS[other]}; try --set 'data.source.separator={other!r}'"
        )
    return Opened(names, partial(_batches, file, mark), is_typed=False)


def _header(file: SourceFile, mark: str) -> list[str]:
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as text:
            return next((row for row in csv.reader(text, delimiter=mark) if row), [])
    except UnicodeDecodeError:
        file.require_utf8()
        raise
    except csv.Error as error:
        raise file.damaged(str(error)) from error


def _batches(file: SourceFile, mark: str, columns: Sequence[str]) -> Iterator[pa.Table]:
    ragged: list[Any] = []

    def stop(row: Any) -> str:
        ragged.append(row)
        return "error"

    block = _BLOCK_OF_LARGE if file.path.stat().st_size > _LARGE_FILE else _BLOCK
    # One thread: only then do errors tell the row.
    read = pa.csv.ReadOptions(use_threads=False, block_size=block)
    parse = pa.csv.ParseOptions(delimiter=mark, newlines_in_values=True, invalid_row_handler=stop)
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.large_string()),
        include_columns=columns,
        null_values=[""],
        strings_can_be_null=True,
    )
    fields = len(_header(file, mark))
    is_checked = False
    try:
        for batch in pa.csv.open_csv(file.path, read, parse, convert):
            table = pa.Table.from_batches([batch])
            if not is_checked and _may_hold_rows(table, mark, fields):
                _require_closed_quotes(file, mark)
                is_checked = True
            yield table
    except (pa.ArrowException, OSError) as error:
        if ragged:
            raise file.error(_explained(ragged[0], mark)) from error
        file.require_utf8()
        raise file.damaged(str(error)) from error


def _may_hold_rows(table: pa.Table, mark: str, fields: int) -> bool:
    """Whether a value has line ends and, for each, at least half of a row's separators."""
    for column in table.columns:
        lines, marks = pc.count_substring(column, "\n"), pc.count_substring(column, mark)
        like_rows = pc.greater_equal(pc.multiply(marks, 2), pc.multiply(lines, fields - 1))
        if pc.any(pc.and_(pc.greater(lines, 0), like_rows)).as_py():
            return True
    return False


def _require_closed_quotes(file: SourceFile, mark: str) -> None:
    """Checks that a quote which begins a value ends it too; Arrow reads on through further rows.

    Raises:
        DataError: One does not; tells the lines.
    """
    usual = csv.field_size_limit(2**31 - 1)
    begin = 1
    with file.path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.reader(text, delimiter=mark, strict=True)
        try:
            for _ in rows:
                begin = rows.line_num + 1
        except csv.Error as error:
            raise file.error(
                f"has a quote that does not end its value: the row in line {begin} runs on to line "
                f"{rows.line_num}; close the quote there, or double quotes within a value"
            ) from error
        finally:
            csv.field_size_limit(usual)


def _explained(row: Any, mark: str) -> str:
    found = (
        f"has {row.actual_columns} values in row {row.number} (the header is row 1), and "
        f"{row.expected_columns} columns"
    )
    text = row.text or ""
    for other, name in _MARKS.items():
        if other != mark and text.count(other) + 1 == row.expected_columns:
            return f"{found}: that row is separated by a {name}; mend it"
    return f"{found}: mend the row; a value that holds a {_MARKS.get(mark, mark)} needs quotes"
