"""From what ``--data`` names to a sample of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from core.config.data import FileSource, HubSource
from core.data.files import open_file
from core.data.hub import open_hub
from core.errors import ConfigError, DataError
from core.profile.dialect import NAMES, decimal_mark, sniff_separator
from core.profile.large import (
    parquet_is_large,
    sample_large_csv,
    sample_large_jsonl,
    sample_large_parquet,
)
from core.profile.pieces import decoded, is_large, read_head
from core.profile.sample import Sample
from core.profile.streams import sample_stream

HUB = "hub:"
KEY = "--data"
Format = Literal["csv", "tsv", "jsonl", "parquet", "xlsx"]
_FORMATS: dict[str, Format] = {
    **{form: form for form in get_args(Format)},
    "tab": "tsv",
    "ndjson": "jsonl",
    "pq": "parquet",
    "txt": "csv",
    "data": "csv",
}
_STANDARD = {"csv": ",", "tsv": "\t"}
_SNIFFED_BYTES = 2**17
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)$")


def look_at_source(data: str, sheet: str | None) -> Sample:
    """Look at a file, or at a data set of the hub.

    Args:
        data: A path, or ``hub:OWNER/NAME``.
        sheet: Of an Excel file; None is the first.

    Raises:
        ConfigError: there is no such file or data set, or nothing reads it.
        DataError: it is damaged or has no rows.
        SourceUnavailableError: the hub can't be reached.
    """
    if data.startswith(HUB):
        _refuse_sheet(sheet, data)
        hub = HubSource(kind="hub", path=data.removeprefix(HUB))
        note = "only the split train was looked at; more: data.source.split, such as train+test"
        return sample_stream(open_hub(hub), hub, [note])
    path = Path(data).expanduser()
    form = _format(path)
    source = FileSource(
        kind="file", path=data, format=None if path.suffix.lower() == f".{form}" else form
    )
    if form == "xlsx":
        return _sample_workbook(path, source, sheet)
    _refuse_sheet(sheet, data)
    if form in _STANDARD:
        return _sample_delimited(path, source, form)
    if form == "jsonl" and is_large(path):
        return sample_large_jsonl(path, source)
    stream = open_file(source, KEY)
    if form == "parquet" and parquet_is_large(path):
        return sample_large_parquet(path, source)
    return sample_stream(stream, source)


def _format(path: Path) -> Format:
    if path.is_dir():
        raise ConfigError(f"{KEY}: {path} is a folder: give one of its files")
    if not path.is_file():
        raise ConfigError(f"{KEY}: {path} does not exist (working directory {Path.cwd()})")
    ending = path.suffix.lower().removeprefix(".")
    form = _FORMATS.get(ending)
    if form is None:
        raise ConfigError(
            f"{KEY}: can't tell the format of {path} from its ending: rename it to one of "
            f".{', .'.join(_FORMATS)}, or unpack or convert it first"
        )
    if path.stat().st_size == 0:
        raise DataError(f"{KEY}: {path} is empty: give a file with a header and rows")
    return form


def _sample_delimited(path: Path, source: FileSource, form: str) -> Sample:
    start = decoded(path, read_head(path, _SNIFFED_BYTES))
    mark = sniff_separator(start) if form == "csv" else _STANDARD[form]
    notes = [f"fields are separated by a {NAMES[mark]}"] if mark != _STANDARD[form] else []
    separator = mark if notes else None
    source = source.model_copy(update={"separator": separator})
    stream = open_file(source, KEY)
    _refuse_values_as_header(path, stream.names)
    if is_large(path):
        sample = sample_large_csv(path, source, stream.names, mark)
    else:
        sample = sample_stream(stream, source)
    decimal, note = decimal_mark(sample.table)
    source = source.model_copy(update={"decimal": decimal})
    return replace(sample, source=source, notes=(*notes, *([note] if note else [])))


def _refuse_values_as_header(path: Path, names: Sequence[str]) -> None:
    """A first row of values in place of names; ascending whole numbers may be names."""
    numbers = [float(name) for name in names if _NUMBER.match(name.strip())]
    is_counting = numbers == sorted(set(numbers)) and all(map(float.is_integer, numbers))
    if 2 * len(numbers) > len(names) and not is_counting:
        raise DataError(
            f"{KEY}: the first row of {path} holds values, not names "
            f"({', '.join(names[:5])}, ...): add a first line that names the columns"
        )


def _sample_workbook(path: Path, source: FileSource, sheet: str | None) -> Sample:
    if sheet is not None:
        source = source.model_copy(update={"sheet": sheet})
        return sample_stream(open_file(source, KEY), source)
    stream = open_file(source, KEY)
    names = _sheet_names(path)
    if len(names) == 1:
        return sample_stream(stream, source)
    note = f"sheet {names[0]!r} was read, not {', '.join(names[1:])}; another: --sheet NAME"
    return sample_stream(stream, source.model_copy(update={"sheet": names[0]}), [note])


def _sheet_names(path: Path) -> list[str]:
    from openpyxl import load_workbook

    with path.open("rb") as content:
        names: list[str] = load_workbook(content, read_only=True).sheetnames
    return names


def _refuse_sheet(sheet: str | None, data: str) -> None:
    if sheet is not None:
        raise ConfigError(f"--sheet {sheet}: is of Excel files, and {data} is none; leave it out")
