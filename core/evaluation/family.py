"""Metrics that belong together: of classifiers, and of predicted quantities.

Comparison, intervals and slices ask a family; none of them asks which task it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

RowValues = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class MetricFamily:
    """How outputs are measured against the truth.

    ``y`` has shape (rows,); ``outputs`` shape (rows, outputs): a probability for each class, or
    one column with the predicted quantity.

    Attributes:
        values: Every metric of (y, outputs), at least one row.
        weighted: Every metric under each row of weights, as ``core.evaluation.bootstrap`` calls it:
            (weights, y, outputs, only) to values of shape (resamples,).
        row_values: Metrics that are the mean of one number per row, and that number.
        fallback: What is shown of rows on which the wanted metric is undefined.
        has_classes: Whether ``y`` holds class ids.
    """

    values: Callable[[np.ndarray, np.ndarray], dict[str, float]]
    weighted: Callable[[np.ndarray, np.ndarray, np.ndarray, str | None], dict[str, np.ndarray]]
    row_values: Mapping[str, RowValues]
    fallback: str
    has_classes: bool
