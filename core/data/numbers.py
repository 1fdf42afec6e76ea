"""Numbers written as text: with thousands separators, a decimal comma, a currency or a per cent."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

Decimal = Literal[".", ","]

# What stands for a missing number or date in files of others; in a category it is a level.
MISSING_WORDS = frozenset(
    ("NA", "N/A", "#N/A", "n/a", "na", "NaN", "nan", "-nan", "NULL", "null", "None", "?", "-", ".")
)
_SIGNS = ("$", "€", "£", "¥", "%")
_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))$"
# Groups of three, all parted by the same mark: 1,234,567.8 or 1 234 567.
_GROUPED = {
    ".": r"^[+-]?\d{1,3}((,\d{3})+|([ \x{a0}\x{202f}]\d{3})+|('\d{3})+|(_\d{3})+)(\.\d*)?$",
    ",": r"^[+-]?\d{1,3}((\.\d{3})+|([ \x{a0}\x{202f}]\d{3})+|('\d{3})+|(_\d{3})+)(,\d*)?$",
}
_MARKS = {".": r"[, \x{a0}\x{202f}'_]", ",": r"[. \x{a0}\x{202f}'_]"}


@dataclass(frozen=True)
class Parsed:
    """A column of texts, read.

    Attributes:
        values: What was read, null where a value is missing or could not be read, shape (rows,).
        wrong: Which texts could not be read, boolean, shape (rows,).
        style: How the values are written, in words; empty where that is plain.
    """

    values: pa.ChunkedArray
    wrong: pa.ChunkedArray
    style: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether every text could be read."""
        return not pc.any(self.wrong).as_py()


def parse_numbers(texts: pa.ChunkedArray, decimal: Decimal = ".") -> Parsed:
    """Reads numbers, float64; infinite ones too.

    Words that stand for a missing value (:data:`MISSING_WORDS`) are missing. A currency sign or a
    per cent sign is left out where every value has the same one.

    Args:
        texts: Strings and nulls, shape (rows,).
        decimal: The decimal mark; the other one may part thousands.
    """
    texts = present_texts(texts)
    if decimal == "." and (plainly := _cast(texts)):
        return plainly
    bare, sign = _without_sign(texts)
    grouped = pc.match_substring_regex(bare, _GROUPED[decimal])
    bare = pc.if_else(grouped, pc.replace_substring_regex(bare, _MARKS[decimal], ""), bare)
    if decimal == ",":
        has_point = pc.match_substring(bare, ".")
        bare = pc.if_else(has_point, "no number", pc.replace_substring(bare, ",", "."))
    readable = pc.match_substring_regex(bare, _NUMBER)
    values = pc.if_else(readable, bare, None).cast(pa.float64())
    wrong = pc.fill_null(pc.invert(readable), False)
    return Parsed(values, wrong, _style(sign, pc.any(grouped).as_py(), decimal))


def present_texts(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts without spaces around them; null where they say that a value is missing."""
    trimmed = pc.utf8_trim_whitespace(texts.cast(pa.large_string()))
    words = pa.array(["", *sorted(MISSING_WORDS)], pa.large_string())
    return pc.if_else(pc.is_in(trimmed, value_set=words), None, trimmed)


def _cast(texts: pa.ChunkedArray) -> Parsed | None:
    try:
        values = texts.cast(pa.float64())
    except pa.ArrowInvalid:  # not plainly written, or no numbers
        return None
    return Parsed(values, pa.chunked_array([pa.repeat(False, len(texts))]))


def _without_sign(texts: pa.ChunkedArray) -> tuple[pa.ChunkedArray, str]:
    for sign in _SIGNS:
        escaped = f"[{sign}]"
        has_it = pc.match_substring_regex(texts, rf"^[+-]?{escaped}|{escaped}$")
        if pc.all(has_it).as_py() and texts.null_count < len(texts):
            bare = pc.replace_substring_regex(texts, rf"^([+-]?){escaped}\s*", r"\1")
            return pc.replace_substring_regex(bare, rf"\s*{escaped}$", ""), sign
    return texts, ""


def _style(sign: str, grouped: bool | None, decimal: Decimal) -> str:
    parts = [f"with {sign}"] if sign else []
    parts += ["with thousands separators"] if grouped else []
    parts += ["with a decimal comma"] if decimal == "," else []
    return ", ".join(parts)
