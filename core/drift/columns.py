"""The columns of a table that drift is measured on."""

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd

from core.data.dataset import Dataset
from core.drift.psi import MISSING
from core.drift.statistics import text_statistics
from core.features import Kind

_DAY = 86_400


def drift_columns(frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
    """Numbers as they are, dates as days since 1970, categories, and statistics of texts.

    Args:
        frame: Input columns such as those of ``like``.
        like: The rows that a batch is compared with; gives the kinds of the columns.

    Returns:
        Numbers (float64, NaN where missing) and categories (text; a missing one is the level
        ``missing``). A text column gives a column for each of
        :func:`core.drift.statistics.text_statistics`, such as ``note: words``.
    """
    kinds = dict(zip(like.inputs, like.kinds, strict=True))
    parts = [_READERS[kind](frame[name]) for name, kind in kinds.items()]
    return pd.concat(parts, axis=1)


def _number(column: pd.Series) -> pd.Series:
    return column.reset_index(drop=True)


def _category(column: pd.Series) -> pd.Series:
    return column.reset_index(drop=True).fillna(MISSING)


def _date(column: pd.Series) -> pd.Series:
    return column.reset_index(drop=True).map(_days, na_action="ignore").astype("float64")


def _days(text: str) -> float:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp() / _DAY


def _text(column: pd.Series) -> pd.DataFrame:
    return text_statistics(list(column)).add_prefix(f"{column.name}: ")


_READERS: dict[Kind, Callable[[pd.Series], pd.Series | pd.DataFrame]] = {
    "number": _number,
    "category": _category,
    "date": _date,
    "text": _text,
}
