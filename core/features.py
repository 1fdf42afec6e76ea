"""The columns that a table model takes: what training found out and serving holds callers to.

A row is a mapping from column name to value; its plain form has a float for a number, text for a
category, a date (ISO 8601) and a text, and None where a value is missing. Training reads frames in
that form, and a service makes it from JSON. Imports only pydantic and the standard library.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["number", "category", "date", "text"]
Value = float | str | None
Row = Mapping[str, Value]

SHOWN = 8
LONGEST_NAME = 100
_WHOLE = re.compile(r"(-?[1-9][0-9]*|0)\.0+")


class Feature(BaseModel):
    """One input column of a fitted table model.

    Attributes:
        name: The column's name.
        kind: What its values are.
        nullable: Whether training rows lacked it: only then may a caller leave it out.
        levels: Of a category, the levels that the model tells apart, most frequent first; any
            other is treated as unknown.
        low: Smallest training value of a number.
        high: Largest training value of a number.
        example: A value to show callers: the median, the most frequent level, a made-up text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    kind: Kind
    nullable: bool = False
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    example: float | str | None = None


class RowError(ValueError):
    """A row that no model should answer.

    Attributes:
        column: The column at fault.
    """

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column


def plain_row(values: Mapping[str, Any], features: Sequence[Feature]) -> dict[str, Value]:
    """The row in its plain form, in the order of the features.

    A column left out, null, or an empty or blank text counts as missing.

    Raises:
        RowError: a column is unknown, a value is of another kind, not finite or no date, or a
            value is missing in a column that always had one in training.
    """
    names = dict.fromkeys(feature.name for feature in features)
    for name in values:
        if name not in names:
            raise RowError(name, f"the model has no column {_shown(name)}{_nearest(name, names)}")
    return {feature.name: plain_value(values.get(feature.name), feature) for feature in features}


def plain_value(value: Any, feature: Feature) -> Value:
    """One value in its plain form; see :func:`plain_row`."""
    plain = None if value is None else _READERS[feature.kind](value, feature.name)
    if plain is None and not feature.nullable:
        raise RowError(feature.name, f"column {feature.name!r} needs a value; training had no gaps")
    return plain


def strange_values(row: Row, features: Sequence[Feature]) -> list[str]:
    """What is answered all the same but unlike training, one line each.

    An unknown level, a number outside the training range, a missing value.
    """
    return [line for feature in features if (line := _strange(row[feature.name], feature))]


def category_text(value: Any) -> str:
    """The one spelling of a level: 3, 1.5 and true as JSON writes them, whole floats as integers.

    Texts too: files have ``True``, ``TRUE`` and, where whole numbers have gaps, ``3.0``. It hangs
    on nothing but the value, so training, batches and services can't differ.
    """
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(name, f"column {name!r} takes a number, not {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RowError(name, f"column {name!r} takes a finite number, not {_shown(value)}")
    return number


def _category(value: Any, name: str) -> str | None:
    if not isinstance(value, str | bool | int | float):
        raise RowError(name, f"column {name!r} takes a text or a number, not {_shown(value)}")
    if not isinstance(value, str | bool):
        _number(value, name)
    return category_text(value) or None


def _date(value: Any, name: str) -> str | None:
    if isinstance(value, str) and not value.strip():
        return None
    try:
        return datetime.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as error:
        problem = f"column {name!r} takes a date such as 2026-01-31, not {_shown(value)}"
        raise RowError(name, problem) from error


def _text(value: Any, name: str) -> str | None:
    if not isinstance(value, str):
        raise RowError(name, f"column {name!r} takes a text, not {_shown(value)}")
    return value if value.strip() else None


_READERS = {"number": _number, "category": _category, "date": _date, "text": _text}


def _strange(value: Value, feature: Feature) -> str:
    name = feature.name
    if value is None:
        return f"{name} is missing"
    if feature.kind == "category" and value not in feature.levels:
        return f"{name} {_shown(value)} is a level that training did not have or hardly had"
    if isinstance(value, float) and _is_outside(value, feature):
        return f"{name} {value:g} is outside the training range {feature.low:g}..{feature.high:g}"
    return ""


def _is_outside(value: float, feature: Feature) -> bool:
    low, high = feature.low, feature.high
    return low is not None and high is not None and not low <= value <= high


def _nearest(name: str, known: Iterable[str]) -> str:
    """Only the beginning of a name is looked at: callers may send megabytes."""
    if match := get_close_matches(name[:LONGEST_NAME], known, n=1):
        return f"; did you mean {match[0]!r}?"
    first = list(islice(known, SHOWN + 1))
    more = ", ..." if len(first) > SHOWN else ""
    return f"; it takes {', '.join(first[:SHOWN])}{more}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
