"""Everything measured about one classifier on one split, as plain data."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

from core.evaluation.bootstrap import metric_intervals
from core.evaluation.metrics import CALIBRATION_BINS, calibration_bins, classification_metrics

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


class ReliabilityBin(_Record):
    """Mean confidence and accuracy of the rows in one confidence bin."""

    confidence: float
    accuracy: float
    count: int


class SliceRow(_Record):
    """Accuracy with its 95% Wilson interval, and macro F1, on a subset of the rows."""

    name: str
    rows: int
    accuracy: float
    low: float
    high: float
    f1_macro: float


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
    slices: Mapping[str, np.ndarray],
    top_terms: Terms,
    seed: int,
) -> Evaluation:
    """Measures predictions against the truth.

    Args:
        labels: Class names in id order.
        y: Class ids, shape (rows,), at least one row.
        proba: Probabilities, shape (rows, classes).
        slices: Boolean row masks, shape (rows,), by name; empty slices are left out.
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
        slices=tuple(
            _slice(name, y[mask], predicted[mask]) for name, mask in slices.items() if mask.any()
        ),
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
    scores = precision_recall_fscore_support(
        y, predicted, labels=range(len(labels)), zero_division=0
    )
    return tuple(
        ClassRow(label=label, precision=precision, recall=recall, f1=f1, support=support)
        for label, precision, recall, f1, support in zip(labels, *scores, strict=True)
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


def _slice(name: str, y: np.ndarray, predicted: np.ndarray) -> SliceRow:
    """One slice; Wilson 1927 keeps its coverage on small slices (Brown, Cai & DasGupta 2001)."""
    hits = int((y == predicted).sum())
    interval = binomtest(hits, len(y)).proportion_ci(0.95, method="wilson")
    f1 = f1_score(y, predicted, labels=np.unique(y), average="macro", zero_division=0)
    return SliceRow(
        name=name,
        rows=len(y),
        accuracy=hits / len(y),
        low=float(interval.low),
        high=float(interval.high),
        f1_macro=float(f1),
    )
