"""What estimators say: class probabilities, or quantities and how far off they may be."""

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.pipeline import Pipeline

from core.errors import DataError
from core.models.scorer.spec import Interval

FloatArray = NDArray[np.float64]


class IntervalRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A regressor on a target of mean 0 and deviation 1, and how far off it is.

    The scale is what networks and penalties need, whatever the unit; others don't mind.

    Attributes:
        regressor_: The fitted copy; it predicts the scaled target.
        mean_: Of the training target.
        scale_: The training target's standard deviation.
    """

    def __init__(self, regressor: BaseEstimator) -> None:
        self.regressor = regressor

    def fit(self, encoded: Any, y: FloatArray) -> Self:
        """Fits a copy on ``encoded``, shape (rows, columns), and ``y``, shape (rows,)."""
        self.mean_, self.scale_ = float(np.mean(y)), float(np.std(y)) or 1.0
        self.regressor_ = clone(self.regressor).fit(encoded, (y - self.mean_) / self.scale_)
        return self

    def predict(self, encoded: Any) -> FloatArray:
        """Returns quantities in the unit of the target, float64 of shape (rows,)."""
        scaled = np.asarray(self.regressor_.predict(encoded), dtype=np.float64)
        quantities: FloatArray = scaled * self.scale_ + self.mean_
        return quantities

    @property
    def coef_(self) -> FloatArray:
        """Of a linear regressor, in the unit of the target; AttributeError for any other."""
        coefficients: FloatArray = self.regressor_.coef_ * self.scale_
        return coefficients

    @property
    def intercept_(self) -> float:
        """See ``coef_``."""
        return float(self.regressor_.intercept_ * self.scale_ + self.mean_)

    def set_interval(self, coverage: float, half_width: float) -> None:
        """Keeps plain numbers, which pickle to the same bytes."""
        self._coverage, self._half_width = coverage, half_width

    @property
    def interval_(self) -> Interval:
        """Of every prediction; AttributeError before it was calibrated."""
        return Interval(coverage=self._coverage, half_width=self._half_width)


def class_probabilities(estimator: Pipeline, inputs: Any) -> FloatArray:
    """Returns the probability of each class, shape (rows, classes)."""
    if not len(inputs):  # scikit-learn refuses to score nothing.
        return np.empty((0, len(estimator.classes_)))
    return np.asarray(estimator.predict_proba(inputs), dtype=np.float64)


def quantities(estimator: Pipeline, inputs: Any) -> FloatArray:
    """Returns the predicted quantity, shape (rows, 1)."""
    if not len(inputs):
        return np.empty((0, 1))
    return np.asarray(estimator.predict(inputs), dtype=np.float64)[:, np.newaxis]


def calibrate_interval(
    estimator: Pipeline, inputs: Any, y: Sequence[float] | FloatArray, coverage: float
) -> Pipeline:
    """Sets the interval of a fitted regressor from rows that it has not seen; returns it.

    Split conformal prediction: half the width is the ceil((n + 1) * coverage)-th smallest absolute
    residual of n rows, so that a new row's value lies within with probability ``coverage`` at
    least. Lei et al., Distribution-Free Predictive Inference for Regression (2018).

    Raises:
        DataError: n is too small for the coverage.
    """
    residuals = np.sort(np.abs(np.asarray(y) - quantities(estimator, inputs)[:, 0]))
    # Less a hair: (9 + 1) * 0.9 is above 9 in floats.
    rank = math.ceil((len(residuals) + 1) * coverage - 1e-9)
    if rank > len(residuals):
        raise DataError(
            f"evaluation.coverage {coverage:g} needs {math.ceil(coverage / (1 - coverage) - 1e-9)} "
            f"validation rows, and there are {len(residuals)}; lower it or give more rows"
        )
    estimator.steps[-1][1].set_interval(coverage, float(residuals[rank - 1]))
    return estimator
