"""Permutation importance: what a metric loses when a column's values are shuffled."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from core.evaluation.evaluation import Weighing
from core.evaluation.family import MetricFamily
from core.evaluation.metrics import GREATER_IS_BETTER
from core.evaluation.weights import heaviest

_REPEATS = 5


def permutation_weighing(
    predict: Callable[[pd.DataFrame], np.ndarray],
    frame: pd.DataFrame,
    y: np.ndarray,
    family: MetricFamily,
    *,
    seed: int,
    repeats: int = _REPEATS,
) -> Weighing:
    """Mean loss of the family's first metric, in the direction that is worse, and its spread.

    Where the rows do not define that metric, of the family's fallback. A column that only repeats
    what another says shows little, since the model still has the other.

    Source: Breiman 2001, "Random forests" (Machine Learning 45:5), section 10; on held-out rows
    and for any model as in Fisher, Rudin & Dominici 2019, "All models are wrong, but many are
    useful" (JMLR 20:177).

    Args:
        predict: Outputs, shape (rows, outputs), for a frame.
        frame: Input columns of held-out rows.
        y: Their truth, shape (rows,).
        family: The metrics.
        seed: Seed of the shuffling.
        repeats: How often each column is shuffled.
    """
    rng = np.random.default_rng(seed)
    outputs = predict(frame)
    values = family.values(y, outputs)
    first = next(iter(values))
    metric = family.fallback if np.isnan(values[first]) else first
    sign = 1 if GREATER_IS_BETTER[metric] else -1
    even = np.ones((1, len(y)))

    def loss(column: str) -> float:
        shuffled = frame.copy()
        shuffled[column] = frame[column].to_numpy()[rng.permutation(len(frame))]
        found = family.weighted(even, y, predict(shuffled), metric)[metric][0]
        return float(sign * (values[metric] - found))

    losses = np.array([[loss(column) for _ in range(repeats)] for column in frame.columns])
    return Weighing(
        method="permutation",
        unit=f"loss of {metric}",
        rows=len(frame),
        weights=heaviest(list(frame.columns), losses.mean(axis=1), losses.std(axis=1)),
    )
