"""What kind of values a column holds, and how sure that is."""

import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from core.data.columns import has_leading_zeros, plain
from core.data.dates import parse_dates
from core.data.numbers import Decimal, Parsed, parse_numbers
from core.features import Kind

Use = Literal["input", "identifier", "constant", "empty"]

FEWEST_FOR_IDENTIFIER = 10
_ID_NAME = re.compile(r"(?i:(^|[_\W])(id|uuid|guid|key|index|idx|row)$)|[a-z]I[dD]$|^Unnamed: 0$")
_DENSE = 1.1  # unique whole numbers that fill their range so well count rows
_TEXT_WORDS, _TEXT_SHARE = 3, 0.5
_SURE_WORDS = 5
_MANY_SHARE, _FEW_LEVELS = 0.5, 20
_OTHER_MARK: dict[Decimal, Decimal] = {".": ",", ",": "."}


@dataclass(frozen=True)
class Inferred:
    """What a column is taken for.

    Attributes:
        kind: The kind of its values.
        reason: What speaks for it, in words.
        doubt: What speaks against it; empty when nothing does.
        use: ``input``, or why a model should not see it: it names rows (``identifier``), has one
            value (``constant``) or none (``empty``).
    """

    kind: Kind
    reason: str
    doubt: str = ""
    use: Use = "input"


def infer_kind(column: pa.ChunkedArray, name: str, decimal: Decimal = ".") -> Inferred:
    """Tells the kind of a column from its values.

    Texts are numbers or dates only where every one can be read as such. Codes with leading zeros
    (zip codes) and booleans are categories. Texts of several words that hardly repeat are free
    text.

    Args:
        column: Values of any type that :func:`core.data.columns.plain` takes, shape (rows,).
        name: The column's name.
        decimal: The decimal mark of numbers written as text.

    Raises:
        DataError: The column holds something else than single values.
    """
    column = plain(column, name)
    present = column.drop_null()
    if not len(present):
        return Inferred("category", "no values", use="empty")
    if pa.types.is_large_string(column.type):
        return _text_column(column, name, decimal)
    if pa.types.is_boolean(column.type):
        return _checked(Inferred("category", "true or false"), column, name)
    return _checked(Inferred("number", "numbers"), column, name)


def _text_column(column: pa.ChunkedArray, name: str, decimal: Decimal) -> Inferred:
    numbers = parse_numbers(column, decimal)
    if numbers.is_sound and numbers.values.null_count == len(column):
        return Inferred("category", "no values", use="empty")
    if numbers.is_sound and not has_leading_zeros(column):
        how = f", {numbers.style}" if numbers.style else ""
        doubt = _doubt_of_thousands(column, decimal) if how else ""
        found = Inferred("number", f"numbers{how}", doubt)
        return _checked(found, numbers.values, name)
    if numbers.is_sound:
        return _checked(Inferred("category", "codes with leading zeros"), column, name)
    if _all_match(column, "(?i)^(true|false)$"):
        return _checked(Inferred("category", "true or false"), column, name)
    dates = parse_dates(column)
    if dates.is_sound:
        return _checked(Inferred("date", f"dates, {dates.style}"), dates.values, name)
    return _words(column, name, _nearly(column, numbers, dates, decimal))


def _checked(found: Inferred, column: pa.ChunkedArray, name: str) -> Inferred:
    """The same, unless the column has one value or names rows."""
    present = column.drop_null()
    distinct = pc.count_distinct(present).as_py()
    if distinct == 1 and not column.null_count:
        return Inferred(found.kind, f"one value, {present[0].as_py()!r}", use="constant")
    if found.kind == "number" and distinct == len(column) and _names_rows(present, name):
        return Inferred("number", "a whole number of its own in each row", use="identifier")
    if found.kind == "number" and _ID_NAME.search(name):
        return Inferred(found.kind, found.reason, "the name says identifier, but values repeat")
    return found


def _names_rows(numbers: pa.ChunkedArray, name: str) -> bool:
    values = numbers.cast(pa.float64(), safe=False)
    if (
        len(values) < FEWEST_FOR_IDENTIFIER
        or not pc.all(pc.equal(pc.floor(values), values)).as_py()
    ):
        return False
    low, high = pc.min_max(values).as_py().values()
    return bool(_ID_NAME.search(name)) or high - low + 1 <= _DENSE * len(values)


def _words(column: pa.ChunkedArray, name: str, nearly: str) -> Inferred:
    """A category, a free text or an identifier."""
    present = column.drop_null()
    distinct = pc.unique(present)
    if len(distinct) == 1 and not column.null_count:
        return Inferred("category", f"one value, {distinct[0].as_py()!r}", use="constant")
    share = len(distinct) / len(present)
    blanks = pc.count_substring_regex(pc.utf8_trim_whitespace(distinct), r"\s+")
    words = pc.mean(blanks).as_py() + 1
    if words >= _TEXT_WORDS and share >= _TEXT_SHARE and len(distinct) >= FEWEST_FOR_IDENTIFIER:
        doubt = "" if words >= _SURE_WORDS else f"only {words:.1f} words each"
        return Inferred("text", f"{words:.1f} words each, {share:.0%} distinct", nearly or doubt)
    levels = f"{len(distinct)} levels in {len(present)} values"
    if share == 1 and len(present) >= FEWEST_FOR_IDENTIFIER:
        doubt = "" if words < _SURE_WORDS / 3 or _ID_NAME.search(name) else "may be a short text"
        return Inferred("category", "a text of its own in each row", nearly or doubt, "identifier")
    is_sparse = share > _MANY_SHARE and len(distinct) > _FEW_LEVELS
    doubt = "most levels occur once: an identifier or a text?" if is_sparse else ""
    return Inferred("category", levels, nearly or doubt)


def _nearly(column: pa.ChunkedArray, numbers: Parsed, dates: Parsed, decimal: Decimal) -> str:
    """Why a column of texts that looks like numbers or dates is read as neither."""
    other = _OTHER_MARK[decimal]
    if parse_numbers(column, other).is_sound:
        return f"numbers if the decimal mark is {other!r}: set data.source.decimal"
    if dates.style and " or " in dates.style:
        return f"dates that can be read {dates.style}: write them as YYYY-MM-DD"
    for parsed, called in ((numbers, "numbers"), (dates, "dates")):
        if (wrong := pc.sum(parsed.wrong).as_py()) * 2 < len(column) - column.null_count:
            example = column.filter(parsed.wrong)[0].as_py()
            style = f" {parsed.style}" if parsed.style else ""
            return f"all but {wrong} values are {called}{style}; not {example[:40]!r}"
    return ""


def _doubt_of_thousands(column: pa.ChunkedArray, decimal: Decimal) -> str:
    """Whether each value could be a number below a thousand with three decimals as well."""
    mark = re.escape(_OTHER_MARK[decimal])
    if not _all_match(column, rf"^[+-]?\d{{1,3}}{mark}\d{{3}}$"):
        return ""
    example = column.drop_null()[0].as_py()
    return f"{example} is read with a thousands separator; else set data.source.decimal"


def _all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    trimmed = pc.utf8_trim_whitespace(column)
    return bool(pc.all(pc.match_substring_regex(trimmed, pattern)).as_py())
