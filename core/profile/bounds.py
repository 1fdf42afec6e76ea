"""Checks and rules that this data passes with a margin, and a broken later file would not."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from core.config.data import SplitShares
from core.config.tasks import TASKS
from core.profile.columns import Column
from core.profile.profile import Profile
from core.profile.rules import LeastRule, least_rule
from core.profile.task import FEWEST_PER_CLASS
from core.serving import ServingSettings

SMALL_ROWS = 300
MOST_ROWS = {"text": 100_000, "table": 50_000}
MOST_CELLS = 10_000_000
# An interval of coverage c needs c / (1 - c) validation rows: 9 of 0.9, 4 of 0.8.
_ROWS_FOR_USUAL_COVERAGE, _LOWER_COVERAGE = 60, 0.8
_REPEATING = 0.5
_MOST_COLUMNS_COMPARED = 200


@dataclass(frozen=True)
class Bounds:
    """What a config holds the data and the model to.

    Attributes:
        limit: Rows to train on; None is all.
        rows: Rows that are used.
        shares: Of train, validation and test.
        validation: The keys of the ``validation`` section, each with what it comes from.
        rule: What the model must reach.
        coverage: Of prediction intervals; None is the usual.
        characters: The longest text, or row as JSON, that a service is to take; None is the usual.
    """

    limit: int | None
    rows: int
    shares: SplitShares
    validation: tuple[tuple[str, float | str, str], ...]
    rule: LeastRule
    coverage: float | None
    characters: int | None

    @property
    def is_imbalanced(self) -> bool:
        """Whether one class is so large that accuracy says little."""
        return self.rule.metric == "f1_macro"


def bounds_of(profile: Profile) -> Bounds:
    """The bounds that follow from what was seen."""
    limit = _limit(profile)
    rows = min(profile.sample.rows, limit or profile.sample.rows)
    is_small = rows < SMALL_ROWS
    shares = SplitShares(train=0.6, validation=0.2, test=0.2) if is_small else SplitShares()
    distinct = int(rows * profile.target.present / profile.target.rows * _distinct_share(profile))
    needs_less = not profile.has_classes and distinct < _ROWS_FOR_USUAL_COVERAGE
    return Bounds(
        limit=limit,
        rows=rows,
        shares=shares,
        validation=(
            *_of_rows(profile, rows, int(distinct * shares.test)),
            *_of_classes(profile),
            *_of_texts(profile),
            *_of_gaps(profile),
        ),
        rule=least_rule(profile, int(distinct * shares.test)),
        coverage=_LOWER_COVERAGE if needs_less else None,
        characters=_characters(profile),
    )


def _distinct_share(profile: Profile) -> float:
    """The share of rows that repeat no other, inputs and target alike."""
    names = [column.name for column in (profile.target, *profile.inputs)]
    table = profile.sample.table
    if len(names) > _MOST_COLUMNS_COMPARED:
        return 1.0
    return float(table.select(names).group_by(names).aggregate([]).num_rows / table.num_rows)


def _limit(profile: Profile) -> int | None:
    most = MOST_ROWS[TASKS[profile.task].takes]
    most = max(1000, min(most, MOST_CELLS // len(profile.inputs) // 1000 * 1000))
    most = max(most, _rows_for_classes(profile))
    return most if profile.sample.rows > most else None


def _rows_for_classes(profile: Profile) -> int:
    """So many that the rarest class keeps the rows that a run needs, in thousands."""
    if not profile.has_classes:
        return 0
    rarest = profile.target.levels[-1][1]
    return math.ceil(FEWEST_PER_CLASS * profile.target.rows / rarest / 1000) * 1000


def _of_rows(profile: Profile, rows: int, smallest: int) -> Iterator[tuple[str, float | str, str]]:
    gaps = profile.target.missing / profile.target.rows
    yield "min_rows", max(1, _round_down(rows / 2)), f"half of the {rows:,} rows used now"
    least = max(1, _round_down(smallest * 0.3))
    yield "min_split_rows", least, f"a third of the {smallest:,} or so of the smallest split"
    yield "max_null_ratio", math.ceil(100 * (2 * gaps + 0.02)) / 100, f"{gaps:.1%} missing now"
    repeated = 1 - _distinct_share(profile)
    if TASKS[profile.task].takes == "table" and repeated > _REPEATING:
        why = f"{repeated:.0%} of the rows repeat another; equal rows stay in one split"
        yield "duplicates", "report", why


def _of_classes(profile: Profile) -> list[tuple[str, float, str]]:
    if not profile.has_classes:
        return []
    counts = [count for _, count in profile.target.levels]
    ratio = max(counts) / min(counts)
    found = max(5.0, float(math.ceil(2 * ratio)))
    return [("max_class_ratio", found, f"{ratio:.1f} now, the largest class to the smallest")]


def _of_texts(profile: Profile) -> list[tuple[str, float, str]]:
    if TASKS[profile.task].takes != "text":
        return []
    shortest, longest = profile.inputs[0].low, profile.inputs[0].high
    span = f"{shortest:,.0f} to {longest:,.0f} characters now"
    return [
        ("min_characters", max(1, int(shortest / 2)), span),
        ("max_characters", max(1000, _round_down(4 * longest)), span),
    ]


def _characters(profile: Profile) -> int | None:
    """Twice what was seen, where that is more than a service takes by default."""
    usual = ServingSettings().max_characters
    seen = sum(_longest(column) for column in profile.inputs)
    return _round_down(2 * seen) if 2 * seen > usual else None


def _longest(column: Column) -> int:
    """Of a value with its name, quotes and commas in JSON."""
    value = {"number": 20, "date": 30, "text": 2 * column.high, "category": 50}[column.kind]
    return len(column.name) + int(value) + 6


def _of_gaps(profile: Profile) -> list[tuple[str, float, str]]:
    if TASKS[profile.task].takes != "table":
        return []
    emptiest = max(profile.inputs, key=lambda column: column.missing)
    gap = emptiest.missing / emptiest.rows
    found = min(1.0, math.ceil(100 * (1.5 * gap + 0.05)) / 100)
    return [("max_gap", found, f"largest share of gaps in a column; {gap:.1%} now")]


def _round_down(value: float) -> int:
    """Two digits are enough."""
    step = int(10 ** max(0, len(str(int(value))) - 2))
    return int(value) // step * step
