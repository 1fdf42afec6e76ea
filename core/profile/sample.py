"""Some or all rows of a source, as they are before any decision about columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from core.config.data import Source

# What is looked at: enough to tell kinds, shares and leaks, little enough for any machine.
MAX_ROWS = 100_000
MAX_CELLS = 4_000_000


@dataclass(frozen=True)
class Sample:
    """Rows of a source.

    Attributes:
        source: How a run reads the same source.
        table: The rows looked at; columns of texts, or of the types that the format has.
        rows: Rows of the whole source; an estimate for a large text file.
        is_estimate: Whether it is one.
        is_typed: Whether values have the types of the source; else all are texts.
        class_names: Names of the classes by column, where the source itself has them.
        unreadable: Why no model can read a column: nested values, mixed types.
        notes: What was found out about the file, one line each.
    """

    source: Source
    table: pa.Table
    rows: int
    is_estimate: bool = False
    is_typed: bool = True
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every row was looked at, so that counts and levels are exact."""
        return not self.is_estimate and self.table.num_rows == self.rows

    @property
    def extent(self) -> str:
        """How many rows there are and were looked at, in words."""
        seen = self.table.num_rows
        if self.is_estimate:
            rounded = float(f"{self.rows:.2g}")
            return f"about {rounded:,.0f} rows by the file's size, {seen:,} looked at"
        return f"{self.rows:,} rows, {'all' if self.whole else f'{seen:,}'} looked at"


def rows_to_look_at(columns: int) -> int:
    """How many rows a sample has at most."""
    return max(200, min(MAX_ROWS, MAX_CELLS // max(columns, 1)))


def spread(table: pa.Table, rows: int) -> pa.Table:
    """At most so many rows, evenly spread."""
    if table.num_rows <= rows:
        return table
    places = [place * table.num_rows // rows for place in range(rows)]
    return table.take(pa.array(places))


def readable(table: pa.Table) -> tuple[pa.Table, dict[str, str]]:
    """The columns of single values, and what is wrong with the others."""
    unreadable = {
        column.name: f"{_shortened(str(column.type))} values: give single ones, a column each"
        for column in table.schema
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type)
    }
    return table.select([n for n in table.column_names if n not in unreadable]), unreadable


def _shortened(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."
