"""Candidate against the model in production, on the same rows."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.config.rules import CompareConfig, Metric
from core.evaluation.mcnemar import McNemar, mcnemar
from core.evaluation.metrics import GREATER_IS_BETTER, classification_metrics, hits
from core.evaluation.paired import Difference, metric_difference
from core.evaluation.slice_differences import (
    SliceDifference,
    class_differences,
    minus,
    part_differences,
)
from core.evaluation.slices import Slice

Verdict = Literal["better", "not_worse", "worse", "incomparable", "no_champion"]


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
        margin: How much worse is still ``not_worse``.
        verdict: What the interval says.
        reason: The verdict in words.
        rows: Rows that the candidate, and the champion if there is one, scored.
        mcnemar: On right and wrong predictions.
        differences: Candidate minus champion of every metric that these rows define.
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
    mcnemar: McNemar | None = None
    differences: dict[str, float] = {}
    slices: tuple[SliceDifference, ...] = ()


def compare_on_same_rows(
    y: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    *,
    labels: Sequence[str],
    slices: Sequence[Slice],
    config: CompareConfig,
    seed: int,
) -> Comparison:
    """Difference of the configured metric with its paired bootstrap interval, and what it says.

    Of the gain (the difference, in the direction that is better for the metric): ``better`` when
    the interval lies above 0, ``not_worse`` when it lies at or above ``-margin``
    (non-inferiority), else ``worse``; ``incomparable`` where the metric is undefined.

    Source: :mod:`core.evaluation.paired`; Piaggio et al. 2012, "Reporting of noninferiority and
    equivalence randomized trials" (JAMA 308:2594).

    Args:
        y: Class ids, shape (rows,), at least one row.
        champion: Probabilities of the production model, shape (rows, classes).
        candidate: Probabilities of the candidate, shape (rows, classes).
        labels: Class names in id order.
        slices: Parts of the rows; the classes are added.
        config: Metric, confidence and margin.
        seed: Seed of the bootstrap.
    """
    both = y, champion, candidate
    found = metric_difference(config.metric, *both, confidence=config.confidence, seed=seed)
    if any(map(math.isnan, found)):
        reason = f"{config.metric} is undefined on these {len(y)} rows; compare by another metric"
        return incomparable(y, candidate, config, reason)
    before, after = classification_metrics(y, champion), classification_metrics(y, candidate)
    verdict = _verdict(_least_gain(config.metric, found), config.margin)
    return Comparison(
        metric=config.metric,
        champion=before[config.metric],
        candidate=after[config.metric],
        difference=found.value,
        low=found.low,
        high=found.high,
        confidence=config.confidence,
        margin=config.margin,
        verdict=verdict,
        reason=_reason(verdict, config, found),
        rows=len(y),
        mcnemar=mcnemar(hits(y, champion), hits(y, candidate)),
        differences=minus(after, before),
        slices=(
            *class_differences(*both, labels, confidence=config.confidence, seed=seed),
            *part_differences(
                *both, slices, config.metric, confidence=config.confidence, seed=seed
            ),
        ),
    )


def no_champion(y: np.ndarray, candidate: np.ndarray, config: CompareConfig) -> Comparison:
    """The comparison of a first release, with nothing in production."""
    return _without_champion(y, candidate, config, "no_champion", "no model is in production")


def incomparable(
    y: np.ndarray, candidate: np.ndarray, config: CompareConfig, reason: str
) -> Comparison:
    """The comparison with a production model that can't score these rows, and why."""
    return _without_champion(y, candidate, config, "incomparable", reason)


def _without_champion(
    y: np.ndarray, candidate: np.ndarray, config: CompareConfig, verdict: Verdict, reason: str
) -> Comparison:
    return Comparison(
        metric=config.metric,
        candidate=classification_metrics(y, candidate)[config.metric],
        confidence=config.confidence,
        margin=config.margin,
        verdict=verdict,
        reason=reason,
        rows=len(y),
    )


def _least_gain(metric: str, difference: Difference) -> float:
    """The end of the interval that is worse for the metric, positive where it is still a gain."""
    return difference.low if GREATER_IS_BETTER[metric] else -difference.high


def _verdict(low: float, margin: float) -> Verdict:
    if low > 0:
        return "better"
    return "not_worse" if low >= -margin else "worse"


def _reason(verdict: Verdict, config: CompareConfig, found: Difference) -> str:
    greater = GREATER_IS_BETTER[config.metric]
    beyond, short, sign = ("above", "below", "-") if greater else ("below", "above", "")
    bound = {
        "better": f"lies {beyond} 0",
        "not_worse": f"lies {beyond} {sign}{config.margin:g}, the margin",
        "worse": f"reaches {short} {sign}{config.margin:g}, the margin",
    }[verdict]
    rows = "on the same rows" if greater else "on the same rows, smaller is better"
    shown = f"{config.metric} {found.value:+.4f} {rows}"
    return f"{shown}; [{found.low:+.4f}, {found.high:+.4f}] {bound}"
