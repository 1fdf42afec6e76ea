"""What all readers of files share."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from core.errors import DataError

Batches = Callable[[Sequence[str]], Iterator[pa.Table]]


class Opened(NamedTuple):
    """A file whose rows are read when asked for.

    Attributes:
        names: Its columns.
        batches: Reads these columns, in this order.
        is_typed: Whether its values have types; a CSV file's are all texts.
    """

    names: tuple[str, ...]
    batches: Batches
    is_typed: bool = True


@dataclass(frozen=True)
class SourceFile:
    """A path and the setting that named it, for errors."""

    path: Path
    key: str

    def error(self, problem: str) -> DataError:
        """A problem with the file, in words that name the fix."""
        return DataError(f"{self.key}: {self.path} {problem}")

    def damaged(self, problem: str) -> DataError:
        """Another library's problem with the file, on one line."""
        problem = " ".join(problem.split())
        shortened = problem if len(problem) <= 200 else f"{problem[:200]}..."
        return self.error(f"can't be read: {shortened}; mend the file")

    def require_utf8(self) -> None:
        """Checks the encoding.

        Raises:
            DataError: The file is not UTF-8; tells the line and how to convert it.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        line = 1
        with self.path.open("rb") as content:
            while chunk := content.read(2**20):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    line += error.object[: error.start].count(b"\n")
                    from_utf16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
                    encoding = "UTF-16" if from_utf16 else "WINDOWS-1252"
                    raise self.error(
                        f"is not UTF-8 (line {line}): convert it, for example with: "
                        f"iconv -f {encoding} -t UTF-8 {self.path} > utf8{self.path.suffix}"
                    ) from error
                line += chunk.count(b"\n")

    def require_distinct(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names again.

        Raises:
            DataError: Two columns have the same name.
        """
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise self.error(f"has several columns named {twice!r}: rename all but one")
        return tuple(names)
