"""Binary classifiers: how they rank, and which threshold costs least."""

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from core.config.evaluation import CostConfig
from core.errors import DataError
from core.evaluation.bootstrap import mean_interval
from core.evaluation.evaluation import Curves, Estimate, Points, ThresholdChoice
from core.evaluation.measured import Measured

MOST_POINTS = 200
_HALF = 0.5


def positive_class(labels: tuple[str, ...], costs: CostConfig) -> int | None:
    """Id of the label that is looked for; None where there are not two.

    Raises:
        DataError: the costs name a label that there is not, or there are not two.
    """
    if costs.positive is not None and costs.positive not in labels:
        known = ", ".join(labels)
        raise DataError(f"evaluation.costs.positive: no label {costs.positive!r}; known: {known}")
    if len(labels) != 2:
        if costs != CostConfig():
            many = f"not of {len(labels)}; leave it out"
            raise DataError(f"evaluation.costs: a threshold is of two classes, {many}")
        return None
    return 1 if costs.positive is None else labels.index(costs.positive)


def curves(measured: Measured, positive: int) -> Curves | None:
    """ROC and precision-recall of the test rows; None where they have one class only.

    Args:
        measured: Class ids and probabilities of two classes.
        positive: Id of the class that is looked for.
    """
    truth, score = measured.y == positive, measured.outputs[:, positive]
    if truth.all() or not truth.any():
        return None
    false, true, _ = roc_curve(truth, score)
    precision, recall, _ = precision_recall_curve(truth, score)
    return Curves(
        positive=measured.labels[positive],
        share=float(truth.mean()),
        average_precision=float(average_precision_score(truth, score)),
        roc=_thinned(false, true),
        precision_recall=_thinned(recall[::-1], precision[::-1]),
    )


def choose_threshold(
    measured: Measured, positive: int, costs: CostConfig, *, seed: int
) -> ThresholdChoice:
    """The threshold of least cost on the validation rows, and what it costs on the test rows.

    A row is called positive when its probability reaches the threshold. Of equally cheap ones the
    one nearest to the threshold in theory is taken.

    Source: Elkan 2001, "The foundations of cost-sensitive learning" (IJCAI): with exact
    probabilities the cheapest is false_positive / (false_positive + false_negative). Chosen from
    data where they are not (Sheng & Ling 2006, "Thresholding for making classifiers
    cost-sensitive").

    Args:
        measured: Class ids and probabilities of two classes.
        positive: Id of the class that is looked for.
        costs: Of the two errors.
        seed: Seed of the saving's bootstrap.
    """
    truth, score = measured.validation_y == positive, measured.validation_outputs[:, positive]
    total = costs.false_positive + costs.false_negative
    in_theory = costs.false_positive / total if total else _HALF
    thresholds, found = cost_curve(truth, score, costs)
    cheapest = np.flatnonzero(np.isclose(found, found.min(), rtol=0, atol=1e-12 * max(total, 1)))
    chosen = cheapest[np.abs(thresholds[cheapest] - in_theory).argmin()]
    threshold = float(thresholds[chosen])
    test = measured.y == positive, measured.outputs[:, positive]
    at_chosen, at_half = (row_costs(*test, costs, value) for value in (threshold, _HALF))
    saved = at_half - at_chosen
    interval = mean_interval(saved, seed=seed)
    return ThresholdChoice(
        positive=measured.labels[positive],
        false_positive=costs.false_positive,
        false_negative=costs.false_negative,
        threshold=threshold,
        in_theory=in_theory,
        validation_cost=float(found[chosen]),
        test_cost=float(at_chosen.mean()),
        test_cost_of_half=float(at_half.mean()),
        test_saving=Estimate(value=float(saved.mean()), low=interval.low, high=interval.high),
        costs=_thinned(thresholds, found),
    )


def cost_curve(
    truth: np.ndarray, score: np.ndarray, costs: CostConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Every threshold that makes a difference, ascending from 0 to 1, and its mean cost per row.

    Between two scores the middle stands for all; 0 calls every row positive. The last one, at most
    1, calls none so, unless a score is exactly 1.

    Args:
        truth: Which rows are positive, boolean, shape (rows,), at least one row.
        score: Their probabilities, shape (rows,).
        costs: Of the two errors.
    """
    values, place = np.unique(score, return_inverse=True)
    positives = np.bincount(place, weights=truth, minlength=len(values))
    negatives = np.bincount(place, weights=~truth, minlength=len(values))
    thresholds = np.concatenate([[0.0], (values[1:] + values[:-1]) / 2, [(values[-1] + 1) / 2]])
    missed = np.concatenate([[0.0], np.cumsum(positives)])
    called = negatives.sum() - np.concatenate([[0.0], np.cumsum(negatives)])
    found = (costs.false_positive * called + costs.false_negative * missed) / len(truth)
    if values[-1] == 1:
        return thresholds[:-1], found[:-1]
    return thresholds, found


def row_costs(
    truth: np.ndarray, score: np.ndarray, costs: CostConfig, threshold: float
) -> np.ndarray:
    """What each row costs when those that reach the threshold are called positive."""
    called = score >= threshold
    wrong = np.where(truth, costs.false_negative, costs.false_positive)
    return np.asarray(np.where(called != truth, wrong, 0.0))


def _thinned(x: np.ndarray, y: np.ndarray) -> Points:
    """At most :data:`MOST_POINTS` of the points, both ends among them."""
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(int))
    return tuple((float(x[i]), float(y[i])) for i in kept)
