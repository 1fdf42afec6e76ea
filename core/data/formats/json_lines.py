"""JSON Lines files: an object per line."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice

import pyarrow as pa

from core.data.formats.file import Opened, SourceFile

_ROWS = 20_000


def open_jsonl(file: SourceFile) -> Opened:
    """The objects of a file; a key that an object lacks is a missing value.

    Not Arrow's reader: it takes strings for dates, and numbers rows within a block.

    Raises:
        DataError: The file is not UTF-8, or a line is no JSON object.
    """
    file.require_utf8()
    names = dict.fromkeys(chain.from_iterable(_objects(file)))
    return Opened(tuple(names), partial(_batches, file))


def _batches(file: SourceFile, columns: Sequence[str]) -> Iterator[pa.Table]:
    objects = _objects(file)
    while rows := list(islice(objects, _ROWS)):
        values = {name: [row.get(name) for row in rows] for name in columns}
        yield pa.table({name: _column(file, name, items) for name, items in values.items()})


def _objects(file: SourceFile) -> Iterator[dict[str, object]]:
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


def _column(file: SourceFile, name: str, values: list[object]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise file.damaged(f"column {name!r} mixes types or holds bad text: {error}") from error
