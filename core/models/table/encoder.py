"""The first stage of every table estimator: columns of any kind become one matrix of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from core.errors import DataError
from core.features import Feature
from core.models.sharing import Shared
from core.models.table.categories import CategoryColumn, CategoryOptions, one_hot
from core.models.table.columns import (
    FloatArray,
    Table,
    date_columns,
    number_columns,
    text_column,
)
from core.models.table.numbers import NumberBlock, NumberOptions
from core.models.table.texts import TextColumn
from core.models.text import CleaningOptions

Matrix = Any  # FloatArray, or sparse.csr_matrix.
Values = dict[str, list[str | None]]

MANY_LEVELS = 1000  # From here on, a row is nearly all zeros.
LARGEST_DENSE = 250_000_000  # Cells of a matrix that could be sparse: 2 GB.


@dataclass(frozen=True)
class TableOptions:
    """See ``core.config.data.PreprocessingConfig``; plain values, which pickle to equal bytes."""

    numbers: NumberOptions
    categories: CategoryOptions
    date_parts: tuple[str, ...]
    cleaning: CleaningOptions


class TableEncoder(Shared, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Encodes a frame, or a sequence of plain rows (``core.features``), to the same bits.

    Numbers are cut off, imputed and scaled; dates are numbers, part by part; each level of a
    category is a column; texts are counted by ``vectorizer``. What does not vary gives no column.

    Args:
        columns: Name and kind of each column that it takes.
        options: What it does with them.
        vectorizer: Unfitted; each text column has a copy.
        dense: Never to return a sparse matrix, as it does for texts and very many levels.
        nullable: Columns known to have gaps, even if no training row has one.

    Attributes:
        feature_names_: Of the output columns.
        sources_: The table's column behind each output column.
    """

    def __init__(
        self,
        columns: tuple[tuple[str, str], ...],
        options: TableOptions,
        vectorizer: BaseEstimator,
        dense: bool = False,
        nullable: tuple[str, ...] = (),
    ) -> None:
        self.columns = columns
        self.options = options
        self.vectorizer = vectorizer
        self.dense = dense
        self.nullable = nullable

    def _learn(self, table: Table) -> Matrix:
        """Learns from training rows, and encodes them.

        Raises:
            DataError: No column varies, or a dense matrix of the rows would not fit into memory.
        """
        self._facts: dict[str, dict[str, Any]] = {}
        values = self._values(table)
        numbers = self._number_matrix(table, values)
        self._fit_numbers(numbers, values)
        self._fit_categories(values)
        texts = self._fit_texts(values)
        self._name_columns()
        self._is_sparse = not self.dense and self._could_be_sparse
        self._require_columns(len(table))
        return self._joined(numbers, values, texts)

    def _apply(self, table: Table) -> Matrix:
        """Returns shape (rows, len(feature_names_)), float64, finite."""
        values = self._values(table)
        texts = [column.transform(values[name]) for name, column in self._texts.items()]
        return self._joined(self._number_matrix(table, values), values, texts)

    @property
    def features_(self) -> tuple[Feature, ...]:
        """The columns that it takes, as training found them."""
        gaps = {name: {"nullable": True} for name in self.nullable}
        return tuple(
            Feature(name=name, kind=kind, **self._facts[name] | gaps.get(name, {}))
            for name, kind in self.columns
        )

    @property
    def _could_be_sparse(self) -> bool:
        levels = sum(len(column.names) for column in self._categories.values())
        return bool(self._texts) or levels > MANY_LEVELS

    def _named(self, kind: str) -> list[str]:
        return [name for name, found in self.columns if found == kind]

    def _values(self, table: Table) -> Values:
        """Of each column that is no number."""
        return {name: text_column(table, name) for name, kind in self.columns if kind != "number"}

    def _number_matrix(self, table: Table, values: Values) -> FloatArray:
        """Numbers, then the parts of dates."""
        parts = self.options.date_parts
        dates = [date_columns(values[name], parts) for name in self._named("date")]
        return np.hstack([number_columns(table, self._named("number")), *dates])

    def _fit_numbers(self, matrix: FloatArray, values: Values) -> None:
        numbers, dates = self._named("number"), self._named("date")
        parts = [(date, part) for date in dates for part in self.options.date_parts]
        names = [*numbers, *(f"{date} {part}" for date, part in parts)]
        sources = [*numbers, *(date for date, _ in parts)]
        self._numbers = NumberBlock(matrix, names, sources, self.options.numbers)
        for column, name in enumerate(numbers):
            self._facts[name] = _number_facts(matrix[:, column])
        for name in dates:
            self._facts[name] = _date_facts(values[name])

    def _fit_categories(self, values: Values) -> None:
        self._categories: dict[str, CategoryColumn] = {}
        for name in self._named("category"):
            column = CategoryColumn(name, values[name], self.options.categories)
            self._categories[name] = column
            self._facts[name] = {
                "nullable": None in values[name],
                "levels": column.levels,
                "example": column.levels[0] if column.levels else None,
            }

    def _fit_texts(self, values: Values) -> list[sparse.csr_matrix]:
        self._texts: dict[str, TextColumn] = {}
        matrices = []
        for name in self._named("text"):
            column = TextColumn(name, self.options.cleaning, self.vectorizer)
            matrices.append(column.fit_transform(values[name]))
            self._texts[name] = column
            self._facts[name] = {"nullable": None in values[name], "example": column.example}
        return matrices

    def _name_columns(self) -> None:
        others: dict[str, CategoryColumn | TextColumn] = {**self._categories, **self._texts}
        names = [name for column in others.values() for name in column.names]
        sources = [source for source, column in others.items() for _ in column.names]
        self.feature_names_ = (*self._numbers.names, *names)
        self.sources_ = (*self._numbers.sources, *sources)

    def _require_columns(self, rows: int) -> None:
        columns = len(self.feature_names_)
        if not columns:
            raise DataError(
                "no input column says anything: in the training rows each is constant, or a "
                "category of which no level has preprocessing.categories.min_rows rows; "
                "check data.columns and data.drop"
            )
        if self.dense and self._could_be_sparse and rows * columns > LARGEST_DENSE:
            raise DataError(
                f"{columns} columns of {rows} rows don't fit into memory for a model that can't "
                "leave zeros out; lower vectorizer.max_features or "
                "preprocessing.categories.max_levels, or take another model"
            )

    def _joined(
        self, numbers: FloatArray, values: Values, texts: Sequence[sparse.csr_matrix]
    ) -> Matrix:
        levels = one_hot(self._categories, values, len(numbers))
        scaled = self._numbers.transform(numbers)
        if self._is_sparse:
            joined = sparse.hstack([sparse.csr_matrix(scaled), levels, *texts], format="csr")
            joined.sort_indices()
            return joined
        return np.hstack([scaled, *(part.toarray() for part in (levels, *texts))])


def _number_facts(column: FloatArray) -> dict[str, Any]:
    values = column[~np.isnan(column)]
    if not values.size:
        return {"nullable": True}
    return {
        "nullable": values.size < column.size,
        "low": float(values.min()),
        "high": float(values.max()),
        "example": 2 * float(np.median(values / 2)),  # halves, since the two middle ones are added
    }


def _date_facts(values: Sequence[str | None]) -> dict[str, Any]:
    dates = sorted(value for value in values if value is not None)
    example = dates[len(dates) // 2] if dates else None
    return {"nullable": len(dates) < len(values), "example": example}
