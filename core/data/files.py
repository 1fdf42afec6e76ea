"""The source ``file``: CSV, TSV, JSON Lines, Parquet, Excel."""

from collections.abc import Callable
from pathlib import Path

from core.config.data import FileSource
from core.data.formats.delimited import open_csv, open_tsv
from core.data.formats.excel import open_excel
from core.data.formats.file import Opened, SourceFile
from core.data.formats.json_lines import open_jsonl
from core.data.formats.parquet import open_parquet
from core.data.stream import Stream
from core.errors import ConfigError

_READERS: dict[str, Callable[[SourceFile, FileSource], Opened]] = {
    "csv": open_csv,
    "tsv": open_tsv,
    "jsonl": lambda file, _: open_jsonl(file),
    "parquet": lambda file, _: open_parquet(file),
    "xlsx": open_excel,
}


def open_file(source: FileSource, key: str = "data.source.path") -> Stream:
    """The rows of a file. A byte order mark is skipped.

    Args:
        source: The file.
        key: The setting that names the file, for errors.

    Raises:
        ConfigError: The file, or a reader for its name's ending, does not exist.
        DataError: The file is empty, damaged or not UTF-8.
    """
    file = SourceFile(existing_file(source), key)
    reader = _READERS[_format(source, key)]
    if file.path.stat().st_size == 0:
        raise file.error("is empty: give a file with rows")
    names, batches, is_typed = reader(file, source)
    if not names:
        raise file.error("has no rows: give a file with rows")
    return Stream(names, str(file.path), key, batches, is_typed=is_typed)


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
        "give a CSV, TSV, JSONL, Parquet or Excel file with --set data.source.path=FILE"
    )


def file_like(file: FileSource, source: FileSource) -> FileSource:
    """A file, read as ``source`` is unless its ending tells another format."""
    form = _ending(source)
    if _ending(file) in _READERS and _ending(file) != form:
        return file
    return source.model_copy(update={"path": file.path, "format": form})


def _ending(source: FileSource) -> str:
    return source.format or Path(source.path).suffix.lower().removeprefix(".")


def _format(source: FileSource, key: str) -> str:
    ending = _ending(source)
    if ending not in _READERS:
        raise ConfigError(
            f"{key}: can't tell the format of {source.path!r} from its ending: rename it to one of "
            f".{', .'.join(_READERS)}, or, for data.source, --set data.source.format=FORMAT"
        )
    return ending
