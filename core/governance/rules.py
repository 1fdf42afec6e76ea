"""Rules on what was measured about a candidate."""

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from pydantic import BaseModel, ConfigDict

from core.config.rules import EVERY, Measure, Rule
from core.governance.findings import Findings, SliceFindings

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
_WALL_TIMES = ("fit_seconds", "predict_ms")


class RuleResult(BaseModel):
    """A rule on one number.

    Attributes:
        rule: As it stands in the config.
        slice: The part of the rows, ``KIND=VALUE``, a ``*`` resolved; None: no part.
        rows: How many rows that part has; against the champion, how many both were measured on.
        observed: The number; None where it is missing, NaN or was not looked at.
        interval: Of a difference to the champion.
        passed: Whether the rule lets the candidate through.
        skipped: Whether it does so because there was nothing to look at: no champion to compare
            with, or too few rows in one of many slices.
        text: The whole in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule
    slice: str | None = None
    rows: int | None = None
    observed: float | None = None
    interval: tuple[float, float] | None = None
    passed: bool
    skipped: bool = False
    text: str


def check_rules(rules: Iterable[Rule], findings: Findings) -> list[RuleResult]:
    """Checks every rule, in order; a rule on every slice of a kind gives a result for each.

    A missing or NaN number fails, as does a slice that does not exist. A rule against the champion
    is skipped when nothing was compared: ``promotion.compare`` decides about that. A slice with
    fewer than ``min_rows`` rows says too little to block or to reassure: where it was named, the
    rule fails, since its evidence was asked for; where it is one of ``*``, it is skipped, since
    rare values would else block every candidate; but one slice at least must be large enough.

    Against the champion the bound is on the interval of the difference: the rule fails only when
    all of it lies beyond, that is, when a loss of that size is shown. By the number alone, two
    equally good models would fail on small slices by luck. ``promotion.compare`` asks the reverse,
    that a loss is shown to be absent (non-inferiority; Piaggio et al. 2012, JAMA 308:2594); on
    slices of a few dozen rows nothing could show that.
    """
    return [result for rule in rules for result in _check(rule, findings)]


def _check(rule: Rule, findings: Findings) -> Iterator[RuleResult]:
    if rule.slice is None:
        yield _whole(rule, findings)
        return
    of_kind = [part for part in findings.slices if part.kind == rule.kind]
    parts = [part for part in of_kind if rule.wanted in (EVERY, part.value)]
    if not parts:
        known = ", ".join(f"{part.kind}={part.value}" for part in of_kind or findings.slices)
        yield _fails(rule, f"{_name(rule)} fails: the test rows have {known or 'no slices'}")
        return
    yield from (_part(rule, part, findings) for part in parts)
    if rule.wanted == EVERY and all(_rows(rule, p, findings) < rule.min_rows for p in parts):
        yield _fails(rule, f"{_name(rule)} fails: no slice has min_rows, {rule.min_rows}")


def _whole(rule: Rule, findings: Findings) -> RuleResult:
    if rule.metric in get_args(Measure):
        wall = " (wall time)" if rule.metric in _WALL_TIMES else ""
        return _bound(rule, f"{rule.metric}{wall}", findings.measures.get(rule.metric))
    if rule.against is None:
        metrics = findings.metrics.get(rule.split, {})
        return _bound(rule, _name(rule), metrics.get(rule.metric))
    if findings.unopposed:
        return _skipped(rule, f"{_name(rule)} is not checked: {findings.unopposed}")
    interval = findings.intervals.get(rule.metric)
    return _bound(rule, _name(rule), findings.differences.get(rule.metric), interval)


def _part(rule: Rule, part: SliceFindings, findings: Findings) -> RuleResult:
    slice_ = f"{part.kind}={part.value}"
    name, rows = _name(rule, slice_), _rows(rule, part, findings)
    what = "rows" if rows == part.rows else f"compared rows (of {part.rows})"
    too_few = f"{rows} {what} are fewer than min_rows, {rule.min_rows}"
    if rows < rule.min_rows and rule.wanted == EVERY:
        result = _skipped(rule, f"{name} is not checked: {too_few}")
    elif rows < rule.min_rows:
        result = _fails(rule, f"{name} fails: {too_few}")
    elif rule.against and findings.unopposed:
        result = _skipped(rule, f"{name} is not checked: {findings.unopposed}")
    elif rule.against:
        interval = part.intervals.get(rule.metric)
        result = _bound(rule, name, part.differences.get(rule.metric), interval)
    else:
        result = _bound(rule, name, part.metrics.get(rule.metric))
    return result.model_copy(update={"slice": slice_, "rows": rows})


def _rows(rule: Rule, part: SliceFindings, findings: Findings) -> int:
    return part.compared if rule.against and not findings.unopposed else part.rows


def _name(rule: Rule, slice_: str | None = None) -> str:
    part = f" of {slice_ or rule.slice}" if rule.slice else ""
    return f"{rule.split} {rule.metric}{part}{' against the champion' if rule.against else ''}"


def _fails(rule: Rule, text: str) -> RuleResult:
    return RuleResult(rule=rule, passed=False, text=text)


def _skipped(rule: Rule, text: str) -> RuleResult:
    return RuleResult(rule=rule, passed=True, skipped=True, text=text)


def _bound(
    rule: Rule, name: str, observed: float | None, interval: tuple[float, float] | None = None
) -> RuleResult:
    if observed is None or math.isnan(observed):
        return _fails(rule, f"{name} is undefined, {rule.op} {_number(rule.value)} fails")
    holds, ends = _HOLDS[rule.op](observed, rule.value), interval or ()
    passed = holds or any(_HOLDS[rule.op](end, rule.value) for end in ends)
    outcome = "passes" if holds else "passes, within chance" if passed else "fails"
    shown = _shown(rule, observed)
    if ends:
        shown += f" [{', '.join(_shown(rule, end) for end in ends)}]"
    text = f"{name} {shown} {rule.op} {_number(rule.value)} {outcome}"
    return RuleResult(rule=rule, observed=observed, interval=interval, passed=passed, text=text)


def _shown(rule: Rule, observed: float) -> str:
    """Four decimals, or all of them where rounding would contradict the outcome."""
    rounded = f"{observed:+.4f}" if rule.against else f"{observed:.4f}"
    if isinstance(observed, int):
        rounded = str(observed)
    holds = _HOLDS[rule.op]
    agrees = holds(float(rounded), rule.value) == holds(observed, rule.value)
    return rounded if agrees else repr(observed)


def _number(value: float) -> str:
    """Short, but never rounded: 0.87, 5000000."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
