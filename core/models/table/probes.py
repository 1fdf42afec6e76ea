"""Plain rows (``core.features``) to compare models on: made-up ones, real ones and hostile ones."""

import random
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.features import Feature, Kind, Value
from core.models.parity import HOSTILE_TEXTS

PlainRow = dict[str, Value]

ROWS = 64
GAPS = 0.2
TERMS = (2, 12)
UNKNOWN = "a level that nobody knows"
LONGEST_HOSTILE = 200
# Values that no model should stumble over.
_HOSTILE: dict[Kind, tuple[Value, ...]] = {
    "number": (0.0, -1.0, 1e308, -1e308, 5e-324),
    "category": (UNKNOWN, "0", "ß=%\n\x00", "x" * 5_000, "NaN"),
    "date": ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "2024-02-29T00:00:00+14:00"),
    "text": HOSTILE_TEXTS,
}


def golden_rows(features: Sequence[Feature], seed: int) -> list[PlainRow]:
    """Returns ``ROWS`` rows drawn from what a model knows of its columns, the last ones hostile.

    None is a training row: each value is drawn for itself, from ranges, levels and terms.
    """
    generator = random.Random(seed)
    hostile = _golden_hostile(features)
    drawn = [
        {feature.name: _drawn(feature, generator) for feature in features}
        for _ in range(ROWS - len(hostile))
    ]
    return [*drawn, *hostile]


def probe_rows(
    rows: Sequence[PlainRow], kinds: Mapping[str, Kind], count: int, seed: int
) -> list[PlainRow]:
    """Returns rows for ``check_parity``: real ones first, then hostile ones.

    Args:
        rows: Rows of the data set.
        kinds: Of each column.
        count: Size of the seeded sample of ``rows``; where there are fewer, rows that take each
            value from a row of its own fill it up.
        seed: Same seed, same probes.
    """
    generator = random.Random(seed)
    sample = generator.sample(rows, min(count, len(rows)))
    recombined = [
        {name: generator.choice(rows)[name] for name in kinds} for _ in range(count - len(sample))
    ]
    missing: PlainRow = dict.fromkeys(kinds)
    longest = max(map(len, _HOSTILE.values()))
    hostile = [
        {name: _HOSTILE[kind][number % len(_HOSTILE[kind])] for name, kind in kinds.items()}
        for number in range(longest)
    ]
    return [*sample, *recombined, missing, *hostile]


def _golden_hostile(features: Sequence[Feature]) -> list[PlainRow]:
    """The ends of every range, beyond them, unknown levels, and no value where that may be."""
    typical = {feature.name: feature.example for feature in features}
    texts = [text for text in HOSTILE_TEXTS if len(text) <= LONGEST_HOSTILE and _is_unicode(text)]
    strange: list[dict[str, Value]] = [
        {f.name: f.low for f in features if f.kind == "number"},
        {f.name: f.high for f in features if f.kind == "number"},
        {f.name: _beyond(f) for f in features if f.kind == "number"},
        {f.name: UNKNOWN for f in features if f.kind == "category"},
        {f.name: None for f in features if f.nullable},
    ]
    strange += [{f.name: text for f in features if f.kind == "text"} for text in texts]
    return [typical | row for row in strange if row]


def _beyond(feature: Feature) -> float:
    """A finite number above the training range, where there is one."""
    low, high = feature.low or 0.0, feature.high or 0.0
    return min(high + 10 * (high - low) + 1, sys.float_info.max)


def _drawn(feature: Feature, generator: random.Random) -> Value:
    if feature.nullable and generator.random() < GAPS:
        return None
    match feature.kind:
        case "number":
            share = generator.random()
            return (feature.low or 0.0) * (1 - share) + (feature.high or 0.0) * share
        case "category":
            return generator.choice((*feature.levels, UNKNOWN))
        case "date":
            return _date(feature, generator)
        case "text":
            terms = str(feature.example).split() or [UNKNOWN]
            return " ".join(generator.choices(terms, k=generator.randint(*TERMS)))


def _date(feature: Feature, generator: random.Random) -> Value:
    if feature.example is None:
        return None
    date = datetime.fromisoformat(str(feature.example))
    shift = timedelta(days=generator.randrange(-365, 366))
    try:
        return (date + shift).isoformat()
    except OverflowError:  # at an end of the calendar, such as 9999-12-31
        return (date - shift).isoformat()


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
