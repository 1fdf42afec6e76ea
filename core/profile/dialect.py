"""What separates the fields of a delimited file, and how its numbers are written."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from core.data.numbers import parse_numbers

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_ROWS, _VALUES = 100, 1000


def sniff_separator(text: str) -> str:
    """The mark that cuts the first rows most evenly; a comma where none cuts the header.

    Args:
        text: The beginning of the file.
    """
    found = {mark: _cut(text, mark) for mark in NAMES}
    return max(found, key=lambda mark: found[mark])


def _cut(text: str, mark: str) -> tuple[float, int]:
    """The share of rows with as many fields as the header, to a tenth, and their number."""
    counts = list(map(len, islice(_rows(text, mark), _ROWS)))
    if not counts or counts[0] == 1:
        return 0.0, 1
    return round(Counter(counts)[counts[0]] / len(counts), 1), counts[0]


def _rows(text: str, mark: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    while True:
        try:
            row = next(rows, None)
        except csv.Error:  # a field beyond the module's limit: what came before must do
            return
        if row is None:
            return
        if row:
            yield row


def decimal_mark(table: pa.Table) -> tuple[Literal[".", ","], str]:
    """How a file of texts writes decimals, and what speaks for it.

    A comma where a column can only be read that way, as 3,5, and none only the other way, as 3.5.
    """
    names = table.column_names
    commas = [name for name in names if _needs(table[name], ",")]
    if not commas:
        return ".", ""
    points = [name for name in names if _needs(table[name], ".")]
    if points:
        return ".", (
            f"{commas[0]!r} writes decimals with a comma, {points[0]!r} with a point: the point is "
            "taken, and the other column is no number; mend the file"
        )
    return ",", f"decimals are written with a comma, as in {commas[0]!r}"


def _needs(column: pa.ChunkedArray, mark: Literal[".", ","]) -> bool:
    """Whether a column is one of numbers with this decimal mark, and only with it."""
    first = column.drop_null().slice(0, _VALUES)
    if not pc.any(pc.match_substring_regex(first, rf"\d[{mark}]\d")).as_py():
        return False
    other: Literal[".", ","] = "," if mark == "." else "."
    return parse_numbers(first, mark).is_sound and not parse_numbers(first, other).is_sound
