"""A classifier on held-out rows."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import classification_report, confusion_matrix

from core.config.evaluation import EvaluationConfig
from core.evaluation.bootstrap import metric_estimates
from core.evaluation.evaluation import (
    ClassRow,
    Evaluation,
    Explanation,
    ReliabilityBin,
)
from core.evaluation.families import CLASSIFICATION
from core.evaluation.gaps import slice_rows
from core.evaluation.measured import Measured, Summary
from core.evaluation.metrics import CALIBRATION_BINS, calibration_bins, class_metrics
from core.evaluation.slices import Slice
from core.evaluation.thresholds import choose_threshold, curves, positive_class


def evaluate_classifier(
    measured: Measured,
    *,
    slices: Sequence[Slice],
    explained: Explanation,
    config: EvaluationConfig,
    seed: int,
) -> Evaluation:
    """Measures predictions against the truth.

    Args:
        measured: Class ids and probabilities.
        slices: Parts of the test rows; empty ones are left out.
        explained: What the model looks at.
        config: Says what errors of a binary classifier cost.
        seed: Seed of the bootstrap.

    Raises:
        DataError: the costs name a label that there is not.
    """
    labels, y, proba = measured.labels, measured.y, measured.outputs
    predicted = proba.argmax(axis=1)
    positive = positive_class(labels, config.costs)
    return Evaluation(
        rows=len(y),
        labels=labels,
        metrics=metric_estimates(CLASSIFICATION, y, proba, seed=seed),
        per_class=_per_class(labels, y, predicted),
        confusion=_confusion(labels, y, predicted),
        reliability=_reliability(y, proba),
        curves=None if positive is None else curves(measured, positive),
        threshold=None
        if positive is None
        else choose_threshold(measured, positive, config.costs, seed=seed),
        slices=slice_rows(CLASSIFICATION, slices, y, proba, seed=seed),
        explanation=explained,
    )


def summarise_classes(labels: Sequence[str], y: np.ndarray, outputs: np.ndarray) -> Summary:
    """Scores of each class as text, and the confusion matrix.

    Args:
        labels: Class names in id order.
        y: Class ids, shape (rows,).
        outputs: Probabilities, shape (rows, classes).
    """
    predicted = outputs.argmax(axis=1)
    report = classification_report(
        y,
        predicted,
        labels=range(len(labels)),
        target_names=list(labels),
        zero_division=0,
    )
    return Summary(report=report, confusion=_confusion(labels, y, predicted))


def _confusion(labels: Sequence[str], y: np.ndarray, predicted: np.ndarray) -> list[list[int]]:
    counts: list[list[int]] = confusion_matrix(y, predicted, labels=range(len(labels))).tolist()
    return counts


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
