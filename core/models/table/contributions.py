"""Linear table models: what each column of a row adds to a score, exactly.

A score is the intercept plus the sum over encoded columns of coefficient times value; the encoded
columns of one source column are added up. Only numpy, since services import it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class LinearContributions(NamedTuple):
    """One score, taken apart.

    Attributes:
        intercept: The score of a row whose encoded columns are all 0.
        score: ``intercept`` plus all contributions.
        columns: Each source column with what it adds, largest absolute value first.
    """

    intercept: float
    score: float
    columns: tuple[tuple[str, float], ...]


class LinearModel(NamedTuple):
    """The linear scores of a fitted table pipeline.

    Attributes:
        encoder: Its first stage.
        coefficients: Shape (outputs, encoded columns); of two classes both have a row.
        intercepts: Shape (outputs,).
        names: Source columns.
        source: Index of the source column of each encoded column, shape (encoded columns,).
    """

    encoder: Any
    coefficients: FloatArray
    intercepts: FloatArray
    names: tuple[str, ...]
    source: NDArray[np.int64]

    def taken_apart(self, encoded: FloatArray, output_id: int) -> FloatArray:
        """What each source column adds to a score, shape (rows, source columns)."""
        return by_source(encoded * self.coefficients[output_id], self.source)


def linear_model(estimator: Any) -> LinearModel | None:
    """The linear scores of a fitted table pipeline; None where it has none, as trees."""
    encoder, last = estimator.steps[0][1], _linear_part(estimator.steps[-1][1])
    if last is None:
        return None
    coefficients = np.atleast_2d(np.asarray(last.coef_, dtype=np.float64))
    intercepts = np.broadcast_to(np.asarray(last.intercept_, dtype=np.float64), len(coefficients))
    if len(coefficients) == 1 and len(getattr(last, "classes_", ())) == 2:
        coefficients = np.vstack([-coefficients, coefficients])
        intercepts = np.concatenate([-intercepts, intercepts])
    return LinearModel(encoder, coefficients, intercepts, *source_columns(encoder))


def source_columns(encoder: Any) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Names of the source columns, and the index of that of each encoded column."""
    names = tuple(dict.fromkeys(encoder.sources_))
    places = {name: place for place, name in enumerate(names)}
    return names, np.array([places[name] for name in encoder.sources_], dtype=np.int64)


def linear_contributions(estimator: Any, row: Any, output_id: int) -> LinearContributions | None:
    """The score of one plain row, taken apart; None where the model is not linear.

    It is the score that probabilities are made of: of logistic regression the log-odds before
    normalisation, of a calibrated SVM the distance before its sigmoid, else the predicted quantity.

    Args:
        estimator: A fitted pipeline, ``TableEncoder`` first.
        row: A plain row.
        output_id: A class id; 0 for a quantity.
    """
    model = linear_model(estimator)
    if model is None:
        return None
    added = model.taken_apart(dense(model.encoder.transform([row])), output_id)[0]
    order = np.argsort(-np.abs(added), kind="stable")
    intercept = float(model.intercepts[output_id])
    return LinearContributions(
        intercept=intercept,
        score=intercept + float(added.sum()),
        columns=tuple((model.names[i], float(added[i])) for i in order),
    )


def by_source(values: FloatArray, source: NDArray[np.int64]) -> FloatArray:
    """Sums over the encoded columns of each source column.

    Args:
        values: Shape (rows, encoded columns, ...).
        source: Index of each one's source column, all of them from 0 on, shape (encoded columns,).

    Returns:
        Shape (rows, source columns, ...).
    """
    order = np.argsort(source, kind="stable")
    starts = np.flatnonzero(np.diff(source[order], prepend=-1))
    sums: FloatArray = np.add.reduceat(values[:, order], starts, axis=1)
    return sums


def dense(matrix: Any) -> FloatArray:
    """The matrix as an array, if it is sparse."""
    values = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    return np.asarray(values, dtype=np.float64)


def _linear_part(model: Any) -> Any | None:
    """The object with the coefficients; of a calibrated classifier the one that was calibrated."""
    calibrated: Sequence[Any] = getattr(model, "calibrated_classifiers_", ())
    if len(calibrated) == 1:
        model = calibrated[0].estimator
    return model if hasattr(model, "coef_") else None
