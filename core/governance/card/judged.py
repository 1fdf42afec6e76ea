"""The sections of a card that hold what the gate and people said."""

import math
from collections.abc import Mapping, Sequence

from core.evaluation.comparison import Comparison
from core.evaluation.mcnemar import McNemar
from core.evaluation.metrics import METRIC_TITLES, figure
from core.governance.approval import VOTER
from core.governance.card.blocks import (
    Block,
    Facts,
    Points,
    Section,
    Span,
    Table,
    between,
    facts,
    minute,
    short,
)
from core.governance.card.measured import MOST_ROWS, left_out
from core.governance.case import Case
from core.governance.decision import Decision
from core.governance.ledger import Entry
from core.governance.rules import RuleResult

VERDICTS = {
    "better": "better",
    "not_worse": "not worse",
    "inconclusive": "inconclusive",
    "worse": "worse",
    "undefined": "undefined on these rows",
    "incomparable": "can't be compared",
    "no_champion": "nothing to compare with",
}
MEASURES = {
    "fit_seconds": "Fit, seconds",
    "predict_ms": "One prediction, milliseconds",
    "model_bytes": "Estimator's file, bytes",
}
SHOWN = {
    "submission": "submitted",
    "block": "blocked by the gate",
    "approval": "approved",
    "rejection": "rejected",
    "cancellation": "cancelled",
    "expiry": "expired unanswered",
}


def comparison_section(decision: Decision) -> Section:
    """The candidate beside the model in production, on the same rows."""
    found = decision.comparison
    note = "Candidate minus champion, the model in production at the time, on the same test rows."
    blocks: tuple[Block, ...] = (_verdict(decision),)
    if found.differences:
        names = tuple(
            (METRIC_TITLES.get(name, name), figure(name, value, signed=True))
            for name, value in found.differences.items()
        )
        blocks += (Table("Difference of every metric", ("Metric", "Difference"), names),)
    if found.slices:
        blocks += _slices(found)
    return Section("comparison", "Comparison with production", note, blocks)


def decision_section(case: Case) -> Section:
    """Rules with their outcome, and whether the served scorer equals the estimator."""
    decision, parity = case.decision, case.decision.parity
    rules = tuple((short(result.text), _outcome(result)) for result in decision.rules)
    blocks: tuple[Block, ...] = (
        Points(
            tuple(f"{decision.outcome}: {short(text)}" for text in decision.reasons[:MOST_ROWS])
        ),
        *left_out(decision.reasons),
    )
    if rules:
        blocks += (Table("Rules", ("Rule", "Outcome"), rules[:MOST_ROWS], is_prose=True),)
        blocks += left_out(rules)
    labels = case.evaluation.labels
    unit = "a probability" if labels else "the largest prediction"
    said = "equals" if parity.passed else "does not equal"
    blocks += (
        facts(
            ("Served scorer", f"{said} the estimator on {parity.rows:,} rows"),
            ("Largest difference", f"{parity.max_abs_difference:.1e} of {unit}"),
            ("Other labels", f"{parity.label_mismatches:,}" if labels else None),
            *((title, _figure(decision.measures, name)) for name, title in MEASURES.items()),
        ),
    )
    return Section("decision", "Decision of the gate", "", blocks)


def people_section(case: Case, entries: Sequence[Entry], *, is_released: bool) -> Section:
    """Who acted on this run, by the ledger."""
    own = [entry for entry in entries if entry.run == case.run and entry.action in SHOWN]
    rows = tuple(
        (
            SHOWN[entry.action],
            short(entry.by),
            short(entry.details.get(VOTER, entry.user)),
            minute(entry.at),
            short(entry.reason, 500),
        )
        for entry in own
    )
    alone = is_released and all(entry.action != "approval" for entry in own)
    note = "No person was asked: the config leaves the decision to the gate." if alone else ""
    header = ("What", "By", "Login", "When, UTC", "Reason")
    acts = Table("Entries of the ledger", header, rows, is_prose=True)
    started = facts(("Run started by", case.started_by))
    return Section("people", "People", note, (started, acts) if rows else (started,))


def _outcome(result: RuleResult) -> str:
    if result.skipped:
        return "skipped"
    return "holds" if result.passed else "fails"


def _figure(measures: Mapping[str, float], name: str) -> str | None:
    if (value := measures.get(name)) is None:
        return None
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _verdict(decision: Decision) -> Facts:
    found = decision.comparison
    metric = METRIC_TITLES.get(found.metric, found.metric)
    champion = decision.production_version
    test = found.mcnemar
    return facts(
        ("Verdict", f"{VERDICTS[found.verdict]}: {found.reason}"),
        ("Champion", None if champion is None else f"version {champion}"),
        ("Test rows compared", f"{found.rows:,}" if found.differences else None),
        ("Left out, the champion's training rows", _count(found.left_out)),
        (f"{metric} of the candidate", figure(found.metric, found.candidate)),
        (f"{metric} of the champion", _value(found.metric, found.champion)),
        ("Difference", None if found.difference is None else _interval(found)),
        ("Margin of not worse", f"{found.margin:.4g}"),
        (
            "McNemar's exact test",
            None if test is None else _mcnemar(test),
        ),
    )


def _value(metric: str, value: float | None) -> str | None:
    return None if value is None else figure(metric, value)


def _count(value: int | None) -> str | None:
    return None if value is None else f"{value:,}"


def _mcnemar(test: McNemar) -> str:
    return (
        f"p = {test.p_value:.3g}; right alone: candidate {test.candidate_only:,}, "
        f"champion {test.champion_only:,}"
    )


def _interval(found: Comparison) -> str:
    difference = math.nan if found.difference is None else found.difference
    low, high = (math.nan if end is None else end for end in (found.low, found.high))
    shown, *ends = (figure(found.metric, n, signed=True) for n in (difference, low, high))
    interval = between(*ends)
    return f"{shown}, {found.confidence:.0%} interval {interval}"


def _slices(found: Comparison) -> tuple[Block, ...]:
    rows = tuple(
        (
            short(part.name),
            f"{part.rows:,}",
            METRIC_TITLES.get(part.metric, part.metric.capitalize()),
            figure(part.metric, part.difference, signed=True),
            between(*(figure(part.metric, end, signed=True) for end in (part.low, part.high))),
        )
        for part in found.slices
    )
    ends = (abs(end) for part in found.slices for end in (part.low, part.high))
    reach = max(filter(math.isfinite, ends), default=0)
    spans = tuple(
        Span(part.difference, part.low, part.high, -reach, reach, 0) for part in found.slices
    )
    header = ("Slice", "Test rows", "Metric", "Difference", f"{found.confidence:.0%} interval")
    table = Table("Difference on parts of the rows", header, rows[:MOST_ROWS], spans[:MOST_ROWS])
    return (table, *left_out(rows))
