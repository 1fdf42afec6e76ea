"""Candidate minus champion on parts of the rows: where a better model is worse."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.evaluation.metrics import class_metrics, hits
from core.evaluation.paired import Difference, metric_difference, paired_difference
from core.evaluation.slices import Slice, class_slices, slice_metrics


class SliceDifference(BaseModel):
    """Candidate minus champion on the rows that share a property.

    Attributes:
        kind: Which property: ``class``, ``length``, or a column of ``data.slices``.
        value: Its value.
        rows: How many rows have it.
        metric: What the interval is of: the compared metric, or the accuracy where these rows
            don't define it; for a class, its recall.
        difference: Candidate minus champion, of ``metric``.
        low: Lower end of the difference's interval.
        high: Upper end.
        differences: Candidate minus champion of every metric that these rows define.
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

    @property
    def name(self) -> str:
        """As a rule's ``slice`` names it."""
        return f"{self.kind}={self.value}"


def class_differences(
    y: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    labels: Sequence[str],
    *,
    confidence: float,
    seed: int,
) -> list[SliceDifference]:
    """Precision, recall and F1 of each class that has rows; the interval is of the recall.

    Args:
        y: Class ids, shape (rows,).
        champion: Probabilities of the production model, shape (rows, classes).
        candidate: Probabilities of the candidate, shape (rows, classes).
        labels: Class names in id order.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.
    """
    right = hits(y, champion), hits(y, candidate)
    scores = [class_metrics(y, p.argmax(axis=1), len(labels)) for p in (champion, candidate)]
    found = []
    for part, before, after in zip(class_slices(labels, y), *scores, strict=True):
        if len(part):
            own = (values[part.mask] for values in right)
            recall = paired_difference(*own, confidence=confidence, seed=seed)
            found.append(_difference(part, "recall", recall, minus(after, before)))
    return found


def part_differences(
    y: np.ndarray,
    champion: np.ndarray,
    candidate: np.ndarray,
    slices: Sequence[Slice],
    metric: str,
    *,
    confidence: float,
    seed: int,
) -> list[SliceDifference]:
    """Every metric on each slice that has rows, with the interval of one.

    Args:
        y: Class ids, shape (rows,).
        champion: Probabilities of the production model, shape (rows, classes).
        candidate: Probabilities of the candidate, shape (rows, classes).
        slices: Parts of the rows.
        metric: What the intervals are of; where a slice does not define it, the accuracy.
        confidence: Coverage of the intervals.
        seed: Seed of the bootstrap.
    """
    filled = [part for part in slices if len(part)]
    scores = [slice_metrics(filled, y, proba) for proba in (champion, candidate)]
    found = []
    for part, before, after in zip(filled, *scores, strict=True):
        rows = (values[part.mask] for values in (y, champion, candidate))
        shown = metric if metric in before else "accuracy"
        difference = metric_difference(shown, *rows, confidence=confidence, seed=seed)
        found.append(_difference(part, shown, difference, minus(after, before)))
    return found


def minus(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """The difference of each metric that both define."""
    values = {name: after[name] - before[name] for name in after if name in before}
    return {name: value for name, value in values.items() if not np.isnan(value)}


def _difference(
    part: Slice, metric: str, found: Difference, differences: dict[str, float]
) -> SliceDifference:
    return SliceDifference(
        kind=part.kind,
        value=part.value,
        rows=len(part),
        metric=metric,
        difference=found.value,
        low=found.low,
        high=found.high,
        differences=differences,
    )
