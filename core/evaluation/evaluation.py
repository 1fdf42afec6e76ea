"""Everything measured about one classifier on one split, as plain data."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix

from core.evaluation.bootstrap import metric_intervals
from core.evaluation.metrics import (
    CALIBRATION_BINS,
    calibration_bins,
    class_metrics,
    classification_metrics,
)
from core.evaluation.slices import Slice, slice_metrics

Terms = Mapping[str, Sequence[tuple[str, float]]]


class _Record(BaseModel):
    # An undefined metric is NaN; as a string it survives JSON, which has no NaN.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Estimate(_Record):
    """A metric with its 95% bootstrap interval; NaN where undefined."""

    value: float
    low: float
    high: float


class ClassRow(_Record):
    """Scores of one class; 0 where nothing was predicted or nothing is true."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int

    def scores(self) -> dict[str, float]:
        """The metrics by name; none where the class has no rows."""
        named = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return named if self.support else {}


class ReliabilityBin(_Record):
    """Mean confidence and accuracy of the rows in one confidence bin."""

    confidence: float
    accuracy: float
    count: int


class SliceRow(_Record):
    """The metrics of the rows that share a property.

    Attributes:
        kind: Which property: ``length``, or a column of ``data.slices``.
        value: Its value.
        rows: How many rows have it.
        metrics: Every metric that these rows define.
        low: Lower end of the 95% Wilson interval of the accuracy.
        high: Upper end.
    """

    kind: str
    value: str
    rows: int
    metrics: dict[str, float]
    low: float
    high: float

    @property
    def name(self) -> str:
        """As a rule's ``slice`` names it."""
        return f"{self.kind}={self.value}"


class Evaluation(_Record):
    """The whole picture; ``confusion[i][j]`` counts rows of class i predicted as class j."""

    rows: int
    labels: tuple[str, ...]
    metrics: dict[str, Estimate]
    per_class: tuple[ClassRow, ...]
    confusion: list[list[int]]
    reliability: tuple[ReliabilityBin, ...]
    slices: tuple[SliceRow, ...]
    top_terms: dict[str, list[tuple[str, float]]]

    def values(self) -> dict[str, float]:
        """The metrics without their intervals."""
        return {name: estimate.value for name, estimate in self.metrics.items()}


def evaluate_classifier(
    *,
    labels: Sequence[str],
    y: np.ndarray,
    proba: np.ndarray,
    slices: Sequence[Slice],
    top_terms: Terms,
    seed: int,
) -> Evaluation:
    """Measures predictions against the truth.

    Args:
        labels: Class names in id order.
        y: Class ids, shape (rows,), at least one row.
        proba: Probabilities, shape (rows, classes).
        slices: Parts of the rows; empty ones are left out.
        top_terms: Per class name, terms with their weight, strongest first.
        seed: Seed of the bootstrap.
    """
    predicted = proba.argmax(axis=1)
    return Evaluation(
        rows=len(y),
        labels=tuple(labels),
        metrics=_estimates(y, proba, seed),
        per_class=_per_class(labels, y, predicted),
        confusion=confusion_matrix(y, predicted, labels=range(len(labels))).tolist(),
        reliability=_reliability(y, proba),
        slices=_slices([part for part in slices if len(part)], y, proba),
        top_terms={label: list(terms) for label, terms in top_terms.items()},
    )


def _estimates(y: np.ndarray, proba: np.ndarray, seed: int) -> dict[str, Estimate]:
    intervals = metric_intervals(y, proba, seed=seed)
    values = classification_metrics(y, proba)
    return {
        name: Estimate(value=value, low=intervals[name].low, high=intervals[name].high)
        for name, value in values.items()
    }


def _per_class(labels: Sequence[str], y: np.ndarray, predicted: np.ndarray) -> tuple[ClassRow, ...]:
    metrics = class_metrics(y, predicted, len(labels))
    support = np.bincount(y, minlength=len(labels))
    return tuple(
        ClassRow.model_validate({"label": label, **values, "support": int(rows)})
        for label, values, rows in zip(labels, metrics, support, strict=True)
    )


def _reliability(y: np.ndarray, proba: np.ndarray) -> tuple[ReliabilityBin, ...]:
    confidence, correct = proba.max(axis=1), proba.argmax(axis=1) == y
    bins = calibration_bins(confidence)
    members = (bins == value for value in range(CALIBRATION_BINS))
    return tuple(
        ReliabilityBin(
            confidence=confidence[rows].mean(), accuracy=correct[rows].mean(), count=rows.sum()
        )
        for rows in members
        if rows.any()
    )


def _slices(slices: Sequence[Slice], y: np.ndarray, proba: np.ndarray) -> tuple[SliceRow, ...]:
    """Wilson 1927 keeps its coverage on small slices (Brown, Cai & DasGupta 2001)."""
    rows = []
    for part, metrics in zip(slices, slice_metrics(slices, y, proba), strict=True):
        hits = round(metrics["accuracy"] * len(part))
        interval = binomtest(hits, len(part)).proportion_ci(0.95, method="wilson")
        rows.append(
            SliceRow(
                kind=part.kind,
                value=part.value,
                rows=len(part),
                metrics=metrics,
                low=interval.low,
                high=interval.high,
            )
        )
    return tuple(rows)
