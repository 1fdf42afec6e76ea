"""Excel files: one sheet, whose first row names the columns."""

from collections.abc import Iterator, Sequence
from datetime import date, time
from functools import partial
from zipfile import BadZipFile

import pyarrow as pa

from core.config.data import FileSource
from core.data.formats.file import Opened, SourceFile
from core.errors import ConfigError
from core.features import category_text

Cell = object


def open_excel(file: SourceFile, source: FileSource) -> Opened:
    """The cells of a sheet: dates as ISO 8601, and as texts where a column mixes types.

    Formulas are read as the values that Excel last saved.

    Raises:
        ConfigError: There is no such sheet.
        DataError: The file is damaged, or a column with values has no name.
    """
    names = file.require_distinct(_header(file, next(_rows(file, source.sheet), ())))
    return Opened(names, partial(_batches, file, source.sheet, names))


def _batches(
    file: SourceFile, sheet: str | None, names: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.Table]:
    places = [names.index(name) for name in columns]
    rows = _rows(file, sheet)
    next(rows)
    # The width of a row is that of its last cell.
    kept = [[row[p] if p < len(row) else None for p in places] for row in rows if _has_values(row)]
    yield pa.table({name: _column([row[i] for row in kept]) for i, name in enumerate(columns)})


def _rows(file: SourceFile, sheet: str | None) -> Iterator[tuple[Cell, ...]]:
    from openpyxl import load_workbook

    try:
        # By an open file, since openpyxl judges a path by its ending.
        with file.path.open("rb") as content:
            book = load_workbook(content, read_only=True, data_only=True)
            if sheet is not None and sheet not in book.sheetnames:
                raise ConfigError(
                    f"data.source.sheet: {file.path} has no sheet {sheet!r}; "
                    f"known: {', '.join(book.sheetnames)}"
                )
            chosen = book[sheet or book.sheetnames[0]]
            chosen.reset_dimensions()  # some writers tell wrong ones
            yield from chosen.iter_rows(values_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise file.damaged(f"{type(error).__name__}: {error}") from error


def _header(file: SourceFile, row: Sequence[Cell]) -> list[str]:
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    if None in cells:
        raise file.error(
            f"has no name for column {cells.index(None) + 1}: name it in the first row"
        )
    return [str(cell) for cell in cells]


def _has_values(row: Sequence[Cell]) -> bool:
    return any(cell is not None for cell in row)


def _column(cells: Sequence[Cell]) -> pa.Array:
    values = [cell.isoformat() if isinstance(cell, date | time) else cell for cell in cells]
    types = {type(value) for value in values} - {type(None)}
    if types <= {int, float} or types in ({str}, {bool}):
        return pa.array(values, pa.float64() if float in types else None)
    return pa.array([v if isinstance(v, str | None) else category_text(v) for v in values])
