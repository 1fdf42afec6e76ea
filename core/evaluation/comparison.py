"""Candidate against the model in production, on the same rows."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.config.rules import CompareConfig, Metric, Rule
from core.evaluation.family import MetricFamily
from core.evaluation.mcnemar import McNemar, mcnemar
from core.evaluation.metrics import GREATER_IS_BETTER, IN_UNITS, figure, hits
from core.evaluation.paired import Difference, Pair, metric_difference
from core.evaluation.slice_differences import (
    SliceDifference,
    bounded_metrics,
    class_differences,
    minus,
    part_differences,
)
from core.evaluation.slices import Slice

Verdict = Literal[
    "better", "not_worse", "inconclusive", "worse", "undefined", "incomparable", "no_champion"
]


class Comparison(BaseModel):
    """Candidate minus champion with its interval; None and empty where nothing was compared.

    Attributes:
        metric: The compared metric.
        champion: Its value for the model in production.
        candidate: Its value for the candidate.
        difference: Candidate minus champion.
        low: Lower end of the difference's interval.
        high: Upper end.
        confidence: Coverage of the intervals.
        margin: How much worse is still ``not_worse``, in the metric's unit.
        verdict: What the interval says.
        reason: The verdict in words.
        rows: Rows that the candidate, and the champion if there is one, was measured on.
        left_out: Test rows that are not among them because the champion was trained on them; None
            where that is unknown or nothing was compared.
        mcnemar: On right and wrong predictions; None where no class is predicted.
        differences: Candidate minus champion of every metric that these rows define.
        intervals: Interval of the difference by metric: of ``metric``, and of what rules are on.
        slices: The same on parts of the rows: classes, text lengths, column values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    metric: Metric = "accuracy"
    champion: float | None = None
    candidate: float
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float
    margin: float
    verdict: Verdict
    reason: str
    rows: int = 0
    left_out: int | None = None
    mcnemar: McNemar | None = None
    differences: dict[str, float] = {}
    intervals: dict[str, tuple[float, float]] = {}
    slices: tuple[SliceDifference, ...] = ()


def compare_on_same_rows(
    family: MetricFamily,
    pair: Pair,
    *,
    labels: Sequence[str],
    slices: Sequence[Slice],
    config: CompareConfig,
    rules: Sequence[Rule] = (),
    seed: int,
) -> Comparison:
    """Difference of the configured metric with its paired bootstrap interval, and what it says.

    Of the gain (the difference, in the direction that is better for the metric): ``better`` when
    the interval lies above 0, ``not_worse`` when it lies at or above ``-margin``
    (non-inferiority), else ``worse`` when it lies below 0, and ``inconclusive`` when it holds 0,
    as that of equal models on few rows does. ``undefined`` where the rows don't define the metric:
    no fault of the champion's, and all other differences are there.

    The margin is a share of the champion's value for a metric in the quantity's own unit.

    Source: :mod:`core.evaluation.paired`; Piaggio et al. 2012, "Reporting of noninferiority and
    equivalence randomized trials" (JAMA 308:2594).

    Args:
        family: The metrics.
        pair: Both models.
        labels: Class names in id order; empty where a quantity is predicted.
        slices: Parts of the rows; the classes are added.
        config: Metric, confidence and margin.
        rules: What else needs an interval: the metrics that they bound.
        seed: Seed of the bootstrap.
    """
    measured = {
        name: metric_difference(family, name, pair, confidence=config.confidence, seed=seed)
        for name in dict.fromkeys((config.metric, *bounded_metrics(rules)))
    }
    found = measured[config.metric]
    before, after = (family.values(pair.y, said) for said in (pair.champion, pair.candidate))
    margin = config.margin * (before[config.metric] if config.metric in IN_UNITS else 1)
    verdict = _verdict(*_gain(config.metric, found), margin)
    return Comparison(
        metric=config.metric,
        champion=before[config.metric],
        candidate=after[config.metric],
        difference=found.value,
        low=found.low,
        high=found.high,
        confidence=config.confidence,
        margin=margin,
        verdict=verdict,
        reason=_reason(verdict, config, found, margin, len(pair.y)),
        rows=len(pair.y),
        mcnemar=_right_and_wrong(pair) if family.has_classes else None,
        differences=minus(after, before),
        intervals={name: difference.interval for name, difference in measured.items()},
        slices=_on_parts(family, pair, labels, slices, config, rules, seed),
    )


def _on_parts(
    family: MetricFamily,
    pair: Pair,
    labels: Sequence[str],
    slices: Sequence[Slice],
    config: CompareConfig,
    rules: Sequence[Rule],
    seed: int,
) -> tuple[SliceDifference, ...]:
    metric, confidence = config.metric, config.confidence
    return (
        *class_differences(pair, labels, confidence=confidence, seed=seed),
        *part_differences(
            family, pair, slices, metric, rules=rules, confidence=confidence, seed=seed
        ),
    )


def _right_and_wrong(pair: Pair) -> McNemar:
    return mcnemar(hits(pair.y, pair.champion), hits(pair.y, pair.candidate))


def no_champion(rows: int, values: Mapping[str, float], config: CompareConfig) -> Comparison:
    """The comparison of a first release, with nothing in production.

    Args:
        rows: How many the candidate was measured on.
        values: Its metrics on them.
        config: Metric, confidence and margin.
    """
    return _without_champion(rows, values, config, "no_champion", "no model is in production")


def incomparable(
    rows: int, values: Mapping[str, float], config: CompareConfig, reason: str
) -> Comparison:
    """The comparison with a production model that can't score these rows, and why."""
    return _without_champion(rows, values, config, "incomparable", reason)


def _without_champion(
    rows: int, values: Mapping[str, float], config: CompareConfig, verdict: Verdict, reason: str
) -> Comparison:
    return Comparison(
        metric=config.metric,
        candidate=values[config.metric],
        confidence=config.confidence,
        margin=config.margin,
        verdict=verdict,
        reason=reason,
        rows=rows,
    )


def _gain(metric: str, difference: Difference) -> tuple[float, float]:
    """The interval, turned so that positive is better."""
    low, high = difference.interval
    return (low, high) if GREATER_IS_BETTER[metric] else (-high, -low)


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if math.isnan(low):
        return "undefined"
    if low > 0:
        return "better"
    if low >= -margin:
        return "not_worse"
    return "worse" if high < 0 else "inconclusive"


def _reason(
    verdict: Verdict, config: CompareConfig, found: Difference, allowed: float, rows: int
) -> str:
    metric = config.metric
    if verdict == "undefined":
        fix = "set promotion.compare.metric to another"
        return f"{metric} is undefined on these {rows} rows; {fix}"
    greater = GREATER_IS_BETTER[metric]
    beyond, short, sign = ("above", "below", "-") if greater else ("below", "above", "")
    share = f" ({config.margin:g} of production's)" if metric in IN_UNITS else ""
    margin = f"{sign}{allowed:.4g}, the margin{share}"
    bound = {
        "better": f"lies {beyond} 0",
        "not_worse": f"lies {beyond} {margin}",
        "inconclusive": f"holds 0 and reaches {short} {margin}: too few rows to tell",
        "worse": f"lies {short} 0 and reaches {short} {margin}",
    }[verdict]
    where = "on the same rows" if greater else "on the same rows, smaller is better"
    value, low, high = (figure(metric, number, signed=True) for number in found)
    return f"{metric} {value} {where}; [{low}, {high}] {bound}"
