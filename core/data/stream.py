"""A source whose rows are read when asked for, batch by batch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from core.data.columns import guess_types, plain_table
from core.data.formats.file import Batches
from core.errors import DataError


@dataclass(frozen=True)
class Stream:
    """The rows of a source.

    Attributes:
        names: Its columns.
        where: The source in words.
        key: The setting that named it, for errors.
        batches: Reads these columns, in this order.
        classes: Names of the classes by column, where the source itself has them.
        is_typed: Whether values have the types of the source; else all are texts.
    """

    names: tuple[str, ...]
    where: str
    key: str
    batches: Batches
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_typed: bool = True

    def read(
        self, columns: Sequence[str], rows: np.ndarray | None = None, texts: Collection[str] = ()
    ) -> pa.Table:
        """These columns in their plain form, in this order.

        Args:
            columns: Names of columns that exist.
            rows: Row numbers in ascending order, int64; only these are kept in memory. None = all.
            texts: Columns whose untyped values stay texts; others become integers, floats or
                booleans where all their values are such.

        Raises:
            DataError: The source is damaged, mixes types in a column or has no rows.
        """
        needed = tuple(dict.fromkeys(columns))
        parts = [_kept(part, first, rows) for first, part in _counted(self.batches(needed))]
        if not sum(part.num_rows for part in parts):
            raise DataError(f"{self.key}: {self.where} has no rows: give a source with rows")
        try:
            table = pa.concat_tables(parts, promote_options="permissive")
        except pa.ArrowException as error:
            problem = " ".join(str(error).split())
            raise DataError(f"{self.key}: {self.where} mixes types: {problem}; mend it") from error
        if not self.is_typed:
            table = guess_types(table, texts)
        return plain_table(table)


def _counted(batches: Iterator[pa.Table]) -> Iterator[tuple[int, pa.Table]]:
    """Each batch with the number of its first row."""
    first = 0
    for batch in batches:
        yield first, batch
        first += batch.num_rows


def _kept(batch: pa.Table, first: int, rows: np.ndarray | None) -> pa.Table:
    if rows is None:
        return batch
    begin, end = np.searchsorted(rows, [first, first + batch.num_rows])
    # A copy: a slice would keep the whole batch in memory.
    return batch.take(pa.array(rows[begin:end] - first))
