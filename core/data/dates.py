"""Dates written as text, read into ISO 8601."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import product

import pyarrow as pa
import pyarrow.compute as pc

from core.data.numbers import Parsed, present_texts

_DAYS = {
    "%d.%m.%Y": "DD.MM.YYYY",
    "%d/%m/%Y": "DD/MM/YYYY",
    "%m/%d/%Y": "MM/DD/YYYY",
    "%d-%m-%Y": "DD-MM-YYYY",
    "%m-%d-%Y": "MM-DD-YYYY",
    "%d.%m.%y": "DD.MM.YY",
    "%d/%m/%y": "DD/MM/YY",
    "%m/%d/%y": "MM/DD/YY",
    "%d %b %Y": "DD Mon YYYY",
    "%d-%b-%Y": "DD-Mon-YYYY",
    "%b %d, %Y": "Mon DD, YYYY",
    "%d %B %Y": "DD Month YYYY",
    "%B %d, %Y": "Month DD, YYYY",
}
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMATS = ("", *map("".join, product(_DAYS, _TIMES)))  # "" is ISO 8601
_FIRST = 20

Reader = Callable[[str], str | None]


def parse_dates(texts: pa.ChunkedArray, form: str | None = None) -> Parsed:
    """Reads dates into ISO 8601 with a time, as strings: ``2026-01-31T00:00:00``.

    A column is read by one format, or as ISO 8601 (``2026-01-31``, ``2026/01/31``, with or without
    a time), whose values can't be mistaken. Where two formats fit all values but read other dates,
    as in 01/02/2026, none is right and every value counts as wrong.

    Args:
        texts: Strings and nulls, shape (rows,).
        form: What :func:`date_format` found in other rows: dates are read by it, with any time, or
            as ISO 8601.
    """
    texts = present_texts(texts)
    encoded = texts.combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    read, style = _guessed(distinct) if form is None else _read(distinct, form)
    values = pa.array(read, pa.large_string()).take(encoded.indices)
    wrong = pc.and_(pc.is_valid(encoded.indices), pc.is_null(values))
    return Parsed(pa.chunked_array([values]), pa.chunked_array([wrong]), style)


def date_format(texts: pa.ChunkedArray) -> str | None:
    """The format of a column's days, as ``strptime`` has it; "" is ISO 8601, None is no one format.

    Args:
        texts: See :func:`parse_dates`.
    """
    readings = _readings(pc.unique(present_texts(texts)).drop_null().to_pylist())
    if _differ(readings):
        return None
    return next((_day(form) for form in readings), None)


def iso_text(text: str) -> str | None:
    """ISO 8601 in its one spelling; None if the text is none."""
    try:
        return datetime.fromisoformat(text.replace("/", "-")).isoformat()
    except ValueError:
        return None


def _read(distinct: Sequence[str], form: str) -> tuple[list[str | None], str]:
    """Each text as a date by a format of days, with any time, or as ISO 8601."""
    readers = [iso_text, *(_reader(form + time) for time in _TIMES if form)]
    dates = [next(filter(None, (read(text) for read in readers)), None) for text in distinct]
    return dates, f"as {' or '.join(dict.fromkeys((_named(form), _named(''))))}"


def _guessed(distinct: Sequence[str]) -> tuple[list[str | None], str]:
    """Each text as a date by the one format that fits all, else by the one that fits most."""
    readings = _readings(distinct)
    if not readings:
        return [None] * len(distinct), ""
    if _differ(readings):
        return [None] * len(distinct), f"as {' or '.join(map(_named, readings))}"
    form, dates = next(iter(readings.items()))
    return dates, f"as {_named(form)}"


def _readings(distinct: Sequence[str]) -> dict[str, list[str | None]]:
    """The texts as dates by each of the formats that fit most of them."""
    first = distinct[:_FIRST]
    fits = [sum(map(bool, map(_reader(each), first))) for each in _FORMATS]
    best = [each for each, fit in zip(_FORMATS, fits, strict=True) if fit == max(fits)]
    if not max(fits, default=0):
        return {}
    readings = {each: list(map(_reader(each), distinct)) for each in best}
    fewest = min(dates.count(None) for dates in readings.values())
    return {form: dates for form, dates in readings.items() if dates.count(None) == fewest}


def _differ(readings: Mapping[str, list[str | None]]) -> bool:
    return len(set(map(tuple, readings.values()))) > 1


def _reader(form: str) -> Reader:
    if not form:
        return iso_text

    def read(text: str) -> str | None:
        try:
            return datetime.strptime(text, form).isoformat()  # noqa: DTZ007 (as it is written)
        except ValueError:
            return None

    return read


def _named(form: str) -> str:
    if not form:
        return "ISO 8601"
    day = _day(form)
    return _DAYS[day] + (" with a time" if form != day else "")


def _day(form: str) -> str:
    return next((day for day in _DAYS if form.startswith(day)), "")
