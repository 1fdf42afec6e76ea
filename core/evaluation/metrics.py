"""Metrics of a classifier from true class ids and predicted probabilities."""

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

GREATER_IS_BETTER: dict[str, bool] = {
    "accuracy": True,
    "f1_macro": True,
    "precision_macro": True,
    "recall_macro": True,
    "auc": True,
    "log_loss": False,
    "ece": False,
    "r2": True,
    "rmse": False,
    "mae": False,
    "mape": False,
}
METRIC_TITLES = {
    "accuracy": "Accuracy",
    "f1_macro": "Macro F1",
    "precision_macro": "Macro precision",
    "recall_macro": "Macro recall",
    "auc": "AUC",
    "log_loss": "Log loss",
    "ece": "Calibration error",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "mape": "MAPE",
}
# In the unit of the predicted quantity, so that no fixed number of them is much or little.
IN_UNITS = ("rmse", "mae")
CALIBRATION_BINS = 10
_FIVE_DIGITS, _LONGEST = 1e4, 1e12


def figure(metric: str, value: float, *, signed: bool = False) -> str:
    """A metric's value for a reader: four decimals, or five digits where it has a unit."""
    if np.isnan(value):
        return "undefined"
    digits = ".4f"
    if metric in IN_UNITS:
        digits = ".0f" if _FIVE_DIGITS <= abs(value) < _LONGEST else ".5g"
    return format(value, f"+{digits}" if signed else digits)


def classification_metrics(y: np.ndarray, proba: np.ndarray) -> dict[str, float]:
    """All metrics of a classifier, each in [0, 1] except the log loss (nats).

    A class without a true row has no recall, so macro averages are over the classes present in
    ``y`` only. With a single class present the AUC is NaN.

    Args:
        y: Class ids, shape (rows,), integers in 0..classes-1, at least one row.
        proba: Probabilities, shape (rows, classes), rows summing to 1.
    """
    predicted = proba.argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        y, predicted, labels=np.unique(y), average="macro", zero_division=0
    )
    return {
        "accuracy": float(accuracy_score(y, predicted)),
        "f1_macro": float(f1),
        "precision_macro": float(precision),
        "recall_macro": float(recall),
        "auc": macro_auc(y, proba),
        "log_loss": float(log_loss(y, proba, labels=range(proba.shape[1]))),
        "ece": expected_calibration_error(y, proba),
    }


def hits(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """1.0 where the most probable class is the true one, else 0.0; shape (rows,)."""
    return np.asarray(proba.argmax(axis=1) == y, dtype=np.float64)


def log_losses(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the true class's probability, in nats; shape (rows,)."""
    likelihood = proba[np.arange(len(y)), y]
    return np.asarray(-np.log(np.clip(likelihood, np.finfo(proba.dtype).eps, 1)))


def class_metrics(y: np.ndarray, predicted: np.ndarray, classes: int) -> list[dict[str, float]]:
    """Precision, recall and F1 of each class; 0 where nothing was predicted or nothing is true."""
    precision, recall, f1, _ = precision_recall_fscore_support(
        y, predicted, labels=range(classes), zero_division=0
    )
    rows = zip(precision, recall, f1, strict=True)
    return [{"precision": float(p), "recall": float(r), "f1": float(f)} for p, r, f in rows]


def macro_auc(y: np.ndarray, proba: np.ndarray) -> float:
    """Area under the ROC curve: plain for two classes, else the mean of one-vs-rest areas."""
    present = np.unique(y)
    if len(present) < 2:
        return float("nan")
    scored = scored_classes(proba.shape[1])
    return float(np.mean([roc_auc_score(y == c, proba[:, c]) for c in scored if c in present]))


def scored_classes(classes: int) -> range:
    """The classes whose score is ranked: one of two, else all."""
    return range(1, 2) if classes == 2 else range(classes)


def calibration_bins(confidence: np.ndarray) -> np.ndarray:
    """The bin (0..9) of each confidence; bins are equally wide and closed on the right."""
    edges = np.arange(1, CALIBRATION_BINS) / CALIBRATION_BINS
    return np.searchsorted(edges, confidence, side="left")


def expected_calibration_error(y: np.ndarray, proba: np.ndarray) -> float:
    """Mean distance between the top class's confidence and its accuracy, over equal-width bins.

    Source: Naeini, Cooper & Hauskrecht 2015, "Obtaining well calibrated probabilities using
    Bayesian binning"; Guo et al. 2017, "On calibration of modern neural networks", eq. 3.
    """
    confidence = proba.max(axis=1)
    gap = (proba.argmax(axis=1) == y) - confidence
    sums = np.bincount(calibration_bins(confidence), weights=gap, minlength=CALIBRATION_BINS)
    return float(np.abs(sums).sum() / len(y))
