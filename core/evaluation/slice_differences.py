"""Candidate minus champion on parts of the rows: where a better model is worse."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.config.rules import Rule
from core.evaluation.family import MetricFamily
from core.evaluation.paired import Difference, Pair, class_metric_differences, metric_difference
from core.evaluation.slices import Slice, class_slices, slice_metrics


class SliceDifference(BaseModel):
    """Candidate minus champion on the rows that share a property.

    Attributes:
        kind: Which property: ``class``, ``length``, or a column of ``data.slices``.
        value: Its value.
        rows: How many of the compared rows have it.
        metric: What is shown of it: the compared metric, or the family's fallback where these rows
            don't define it; for a class, its recall.
        difference: Candidate minus champion, of ``metric``.
        low: Lower end of the difference's interval.
        high: Upper end.
        differences: Candidate minus champion of every metric that these rows define.
        intervals: Interval of the difference by metric: of ``metric``, and of what rules are on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    kind: str
    value: str
    rows: int
    metric: str
    difference: float
    low: float
    high: float
    differences: dict[str, float]
    intervals: dict[str, tuple[float, float]] = {}

    @property
    def name(self) -> str:
        """As a rule's ``slice`` names it."""
        return f"{self.kind}={self.value}"


def class_differences(
    pair: Pair, labels: Sequence[str], *, confidence: float, seed: int
) -> list[SliceDifference]:
    """Precision, recall and F1 of each class that has rows; the recall is shown.

    Args:
        pair: Both models: class ids and probabilities.
        labels: Class names in id order.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.
    """
    called = [proba.argmax(axis=1) for proba in (pair.champion, pair.candidate)]
    found = []
    for number, part in enumerate(class_slices(labels, pair.y)):
        if len(part):
            both = (classes == number for classes in called)
            scores = class_metric_differences(part.mask, *both, confidence=confidence, seed=seed)
            values = {name: score.value for name, score in scores.items()}
            found.append(_difference(part, "recall", scores, values))
    return found


def part_differences(
    family: MetricFamily,
    pair: Pair,
    slices: Sequence[Slice],
    metric: str,
    *,
    rules: Sequence[Rule] = (),
    confidence: float,
    seed: int,
) -> list[SliceDifference]:
    """Every metric on each slice that has rows, with the intervals of some.

    Args:
        family: The metrics.
        pair: Both models.
        slices: Parts of the rows.
        metric: What is shown, with its interval; where a slice does not define it, the fallback.
        rules: What else needs an interval: the metrics that they bound.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.
    """
    filled = [part for part in slices if len(part)]
    both = (pair.champion, pair.candidate)
    scores = [slice_metrics(family, filled, pair.y, outputs) for outputs in both]
    found = []
    for part, before, after in zip(filled, *scores, strict=True):
        rows = pair.only(part.mask)
        shown = metric if metric in before else family.fallback
        wanted = [name for name in bounded_metrics(rules, part.kind) if name in before]
        measured = {
            name: metric_difference(family, name, rows, confidence=confidence, seed=seed)
            for name in dict.fromkeys((shown, *wanted))
        }
        found.append(_difference(part, shown, measured, minus(after, before)))
    return found


def bounded_metrics(rules: Sequence[Rule], kind: str = "") -> list[str]:
    """Metrics whose difference a rule bounds, on this kind of slices; by default on all rows."""
    return [rule.metric for rule in rules if rule.against and rule.kind == kind]


def minus(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """The difference of each metric that both define."""
    values = {name: after[name] - before[name] for name in after if name in before}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _difference(
    part: Slice, metric: str, found: Mapping[str, Difference], differences: dict[str, float]
) -> SliceDifference:
    shown = found[metric]
    return SliceDifference(
        kind=part.kind,
        value=part.value,
        rows=len(part),
        metric=metric,
        difference=shown.value,
        low=shown.low,
        high=shown.high,
        differences=differences,
        intervals={name: score.interval for name, score in found.items()},
    )
