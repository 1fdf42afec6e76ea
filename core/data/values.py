"""A column of a source in the form of its kind, as ``core.features`` has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.data.columns import unless_blank
from core.data.dates import parse_dates
from core.data.numbers import Decimal, Parsed, parse_numbers
from core.errors import DataError
from core.features import Kind, category_text

_WANTED = {"number": "numbers", "date": "dates"}
_FIX = {
    "number": "mend the row, or set data.columns.{name}=category",
    "date": "write all dates as YYYY-MM-DD, or set data.columns.{name}=category",
}


@dataclass(frozen=True)
class Reading:
    """How columns of one source are read.

    Attributes:
        rows: The number of each row in the source, from 0, for errors; shape (rows,).
        decimal: The decimal mark of numbers written as text.
        key: The setting that named the source or its columns, for errors.
        formats: Of date columns by name, where other rows told them (``dates.date_format``).
    """

    rows: np.ndarray | Sequence[int]
    decimal: Decimal = "."
    key: str = "data.columns"
    formats: Mapping[str, str] = field(default_factory=dict)

    def values(self, column: pa.ChunkedArray, name: str, kind: Kind) -> pa.ChunkedArray:
        """A column in the form of its kind, null where a value is missing.

        Args:
            column: In its plain form (:mod:`core.data.columns`), shape (rows,).
            name: Its name, for errors.
            kind: What its values are.

        Returns:
            float64 for a number; large_string for the others: the level as ``category_text``
            writes it, a date as ISO 8601, a text as it is. Blank texts are missing.

        Raises:
            DataError: A value is of another kind, or infinite.
        """
        match kind:
            case "number":
                return self.numbers(column, name)
            case "category":
                return _levels(column)
            case "date":
                parsed = parse_dates(column.cast(pa.large_string()), self.formats.get(name))
                return self._sound(parsed, column, name, kind)
            case "text":
                return unless_blank(column.cast(pa.large_string()))

    def numbers(self, column: pa.ChunkedArray, name: str, fix: str = "") -> pa.ChunkedArray:
        """A column of finite numbers, float64."""
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int64())
        if pa.types.is_large_string(column.type):
            column = self._sound(parse_numbers(column, self.decimal), column, name, "number", fix)
        column = column.cast(pa.float64(), safe=False)
        infinite = pc.is_inf(column)
        if pc.any(infinite).as_py():
            row = self._row(infinite)
            raise DataError(
                f"{self.key}: column {name!r} is infinite in row {row} (from 0): give a finite "
                "number, or leave the value out"
            )
        return column

    def _sound(
        self, parsed: Parsed, column: pa.ChunkedArray, name: str, kind: Kind, fix: str = ""
    ) -> pa.ChunkedArray:
        if parsed.is_sound:
            return parsed.values
        value = column.filter(parsed.wrong)[0].as_py()
        several = f" (they can be read {parsed.style})" if " or " in parsed.style else ""
        raise DataError(
            f"{self.key}: column {name!r} takes {_WANTED[kind]}, but row {self._row(parsed.wrong)} "
            f"(from 0) has {_shown(value)}{several}: {fix or _FIX[kind].format(name=name)}"
        )

    def _row(self, mask: pa.ChunkedArray) -> int:
        return int(self.rows[pc.index(mask, True).as_py()])


def _levels(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Levels in the one spelling of ``core.features.category_text``."""
    encoded = column.combine_chunks().dictionary_encode()
    spelled = [category_text(value) or None for value in encoded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(spelled, pa.large_string()).take(encoded.indices)])


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
