"""What one column holds, in figures."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.columns import plain
from core.data.kinds import infer_kind
from core.data.numbers import Decimal, parse_numbers
from core.data.values import Reading
from core.features import Kind, category_text
from core.profile.words import number, share

_LEVELS = 200
# Texts that nearly all differ and are no free text name rows: codes, addresses, hashes.
_UNIQUE_SHARE, _FEWEST_FOR_UNIQUE = 0.9, 50


@dataclass(frozen=True)
class Column:
    """A column of a sample.

    Attributes:
        name: As in the source.
        kind: What its values are taken for.
        reason: What speaks for the kind.
        doubt: What speaks against it.
        problem: Why no model should see it; empty for an input.
        rows: Rows looked at.
        missing: How many of them have no value.
        distinct: Different values.
        levels: Of a category, and of a number with few values, the values as text and their rows,
            most frequent first.
        low: Smallest finite number; of a text, the fewest characters.
        high: Largest finite number; of a text, the most characters.
        infinite: How many numbers are not finite.
        is_whole: Whether all numbers are whole.
        span: First and last date.
        values: Numbers as float64, NaN where missing; other values as ids from 1, 0 where missing.
    """

    name: str
    kind: Kind
    reason: str
    doubt: str
    problem: str
    rows: int
    missing: int
    distinct: int
    levels: tuple[tuple[str, int], ...] = ()
    low: float = 0.0
    high: float = 0.0
    infinite: int = 0
    is_whole: bool = False
    span: tuple[str, str] = ("", "")
    values: np.ndarray = field(default_factory=lambda: np.empty(0), compare=False)

    @property
    def shown_name(self) -> str:
        """The name, or that there is none."""
        return self.name if self.name.strip() else "(no name)"

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.kind == "number"

    @cached_property
    def why_no_target(self) -> str:
        """Why it can't be predicted; empty if it can."""
        if self.distinct < 2:
            return self.problem or f"it has {self.distinct} distinct values"
        if self.kind == "date":
            return "it holds dates"
        if not self.is_number and self.distinct > self.present / 2 and self.distinct > 2:
            return f"nearly every value differs ({self.distinct} of {self.present})"
        return ""

    @property
    def summary(self) -> str:
        """What was seen, in a few words."""
        gaps = f", {share(self.missing, self.rows)} missing" if self.missing else ""
        odd = f", {self.infinite} infinite" if self.infinite else ""
        return f"{self._seen}{gaps}{odd}"

    @property
    def classes(self) -> str:
        """The most frequent values and their shares."""
        common = ", ".join(f"{name} {share(n, self.present)}" for name, n in self.levels[:4])
        return f"{self.distinct} classes: {common}" + (", ..." if self.distinct > 4 else "")

    @property
    def _seen(self) -> str:
        if self.is_number:
            return f"{number(self.low)} to {number(self.high)}"
        if self.kind == "date":
            return f"{self.span[0][:10]} to {self.span[1][:10]}"
        if self.kind == "text":
            return f"free text, {self.reason}"
        common = ", ".join(f"{name} {share(n, self.rows)}" for name, n in self.levels[:3])
        return f"{self.distinct} levels: {common}" + (", ..." if self.distinct > 3 else "")


def unreadable_column(name: str, problem: str, rows: int) -> Column:
    """A column whose values no model reads."""
    return Column(name, "category", "", "", problem, rows, rows, 0)


def look_at(column: pa.ChunkedArray, name: str, decimal: Decimal) -> Column:
    """The figures of a column.

    Args:
        column: Values of one type, shape (rows,).
        name: Its name.
        decimal: The decimal mark of numbers written as text.

    Raises:
        DataError: the column holds something else than single values.
    """
    inferred = infer_kind(column, name, decimal)
    values = plain(column, name)
    bare = Column(
        name=name,
        kind=inferred.kind,
        reason=inferred.reason,
        doubt=inferred.doubt,
        problem="" if inferred.use == "input" else f"{inferred.use}: {inferred.reason}",
        rows=len(values),
        missing=values.null_count,
        distinct=0,
    )
    if inferred.kind == "number":
        return _with_numbers(bare, values, decimal)
    reading = Reading(rows=range(len(values)), decimal=decimal, key="--data")
    return _with_levels(bare, reading.values(values, name, inferred.kind))


def _with_numbers(column: Column, values: pa.ChunkedArray, decimal: Decimal) -> Column:
    values = _numbers(values, decimal)
    numbers = values.to_numpy().astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    distinct, counts = np.unique(finite, return_counts=True)
    order = np.argsort(-counts, kind="stable") if len(distinct) <= _LEVELS else ()
    return replace(
        column,
        missing=values.null_count,
        distinct=len(distinct),
        levels=tuple((category_text(float(distinct[i])), int(counts[i])) for i in order),
        low=float(distinct[0]) if len(distinct) else 0.0,
        high=float(distinct[-1]) if len(distinct) else 0.0,
        infinite=int(np.isinf(numbers).sum()),
        is_whole=bool(np.all(distinct == np.floor(distinct))),
        values=numbers,
    )


def _numbers(values: pa.ChunkedArray, decimal: Decimal) -> pa.ChunkedArray:
    if pa.types.is_large_string(values.type):
        try:
            return values.cast(pa.float64())
        except pa.ArrowInvalid:  # not plainly written
            return parse_numbers(values, decimal).values
    return values.cast(pa.float64(), safe=False)


def _with_levels(column: Column, values: pa.ChunkedArray) -> Column:
    encoded = values.combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    ids = pc.fill_null(pc.add(encoded.indices, 1), 0).to_numpy().astype(np.int64)
    counts = np.bincount(ids, minlength=len(names) + 1)[1:]
    order = np.argsort(-counts, kind="stable")[:_LEVELS]
    found = replace(
        column,
        missing=values.null_count,
        distinct=len(names),
        levels=tuple((names[i], int(counts[i])) for i in order),
        span=(min(names, default=""), max(names, default=""))
        if column.kind == "date"
        else ("", ""),
        values=ids,
    )
    if column.kind == "text" and names:
        lengths = np.array([len(name) for name in names])
        found = replace(found, low=float(lengths.min()), high=float(lengths.max()))
    return found if found.problem else replace(found, problem=_names_rows(found))


def _names_rows(column: Column) -> str:
    is_unique = column.distinct >= max(_UNIQUE_SHARE * column.present, _FEWEST_FOR_UNIQUE)
    if column.kind == "category" and is_unique:
        doubt = f"; {column.doubt}" if column.doubt else ""
        return f"identifier: {column.distinct} of {column.present} values differ{doubt}"
    return ""
