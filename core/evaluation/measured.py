"""What a model said about the rows that it was not fitted on."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measured:
    """Truth and outputs on both splits; see ``core.evaluation.family`` for their shapes.

    Attributes:
        labels: Class names in the order of their ids; empty where a quantity is predicted.
        y: Truth of the test rows.
        outputs: What the model says about them.
        validation_y: Truth of the validation rows: for what must be chosen before the test.
        validation_outputs: What the model says about them.
    """

    labels: tuple[str, ...]
    y: np.ndarray
    outputs: np.ndarray
    validation_y: np.ndarray
    validation_outputs: np.ndarray


@dataclass(frozen=True)
class Summary:
    """One candidate on the validation split, besides its metrics.

    Attributes:
        report: As text: scikit-learn's classification report, or quantiles of the errors.
        confusion: Rows by true class (row) and predicted class (column); empty for a quantity.
    """

    report: str
    confusion: list[list[int]]
