"""What a card is made of: plain values, which the two templates escape and lay out."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from core.evaluation.evaluation import ReliabilityBin

LONGEST = 200


class Span(NamedTuple):
    """An interval around a value, drawn on an axis from ``start`` to ``end``."""

    value: float
    low: float
    high: float
    start: float
    end: float
    mark: float

    def place(self, value: float) -> float:
        """Where a value lies on the axis, in percent."""
        share = (value - self.start) / (self.end - self.start)
        return round(100 * min(max(share, 0), 1), 2)

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return all(map(math.isfinite, self)) and self.end > self.start


@dataclass(frozen=True)
class Shade:
    """A number of rows, and which share of their class they are."""

    rows: int
    share: float

    @property
    def level(self) -> int:
        """0 to 10."""
        return round(10 * self.share)


Cell = str | Shade


@dataclass(frozen=True)
class Table:
    """Rows whose first cell is their head; ``spans`` are drawn at their end, one for each row."""

    kind: ClassVar[str] = "table"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    spans: tuple[Span, ...] = ()
    chosen: str | None = None
    is_prose: bool = False

    @property
    def shape(self) -> str:
        """How it is laid out: ``prose``, ``matrix``, ``pairs`` or ``figures``."""
        if self.is_prose:
            return "prose"
        if any(isinstance(cell, Shade) for row in self.rows for cell in row):
            return "matrix"
        return "pairs" if len(self.header) < 3 else "figures"


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Points:
    """Sentences."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """Prose."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Reliability:
    """Accuracy against confidence; Markdown leaves it to the table beside it."""

    kind: ClassVar[str] = "reliability"
    bins: tuple[ReliabilityBin, ...]

    @property
    def most(self) -> int:
        """Rows of the fullest bin."""
        return max(bin_.count for bin_ in self.bins)


Block = Table | Facts | Points | Paragraph | Reliability


@dataclass(frozen=True)
class Section:
    """A part of the card under a title of its own."""

    key: str
    title: str
    note: str
    blocks: tuple[Block, ...]


def facts(*items: tuple[str, str | None]) -> Facts:
    """Facts without those that are not known."""
    return Facts(tuple((name, short(value, 2000)) for name, value in items if value))


def short(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning where it is very long."""
    return text if len(text) <= longest else text[: longest - 1] + "\u2026"


def minute(at: str) -> str:
    """A time of ISO 8601 in UTC, to the minute."""
    return at[:16].replace("T", " ")


def number(value: float) -> str:
    """Four decimals, or a word for NaN."""
    return "undefined" if math.isnan(value) else f"{value:.4f}"


def between(low: str, high: str) -> str:
    """An interval in words; nothing where it is undefined."""
    return "undefined" if "undefined" in (low, high) else f"{low} to {high}"


def listed(names: Iterable[str], most: int = 30) -> str:
    """Names in one line, and how many more there are."""
    every = [short(name, 60) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
