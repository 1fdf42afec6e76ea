"""Every source behind one form: a stream of rows."""

from typing import assert_never

from core.config.data import EmbeddedSource, FileSource, HubSource, SklearnSource, Source
from core.data.files import file_like, open_file
from core.data.headlines import TOPICS, generate_headlines
from core.data.hub import open_hub
from core.data.numbers import Decimal
from core.data.stream import Stream
from core.data.toys import open_toy


def open_source(source: Source) -> Stream:
    """The rows of a source, read when asked for.

    Raises:
        ConfigError: The source does not exist.
        DataError: The source can't be read.
        SourceUnavailableError: It can't be reached.
    """
    match source:
        case FileSource():
            return open_file(source)
        case HubSource():
            return open_hub(source)
        case SklearnSource():
            return open_toy(source)
        case EmbeddedSource():
            return _generated(source)
        case _:
            assert_never(source)


def open_batch(path: str, source: Source) -> Stream:
    """The rows of a batch file, written as the source's file is, if that is one of its format.

    Raises:
        ConfigError: The file does not exist.
        DataError: The file can't be read.
    """
    own = FileSource(kind="file", path=path)
    like = file_like(own, source) if isinstance(source, FileSource) else own
    return open_file(like, "--batch")


def decimal_mark(source: Source) -> Decimal:
    """The decimal mark of numbers written as text."""
    return source.decimal if isinstance(source, FileSource) else "."


def _generated(source: EmbeddedSource) -> Stream:
    table = generate_headlines(source.rows, source.seed)
    return Stream(
        names=tuple(table.column_names),
        where="the embedded data",
        key="data.source",
        batches=lambda columns: iter((table.select(list(columns)),)),
        classes={"label": TOPICS},
    )
