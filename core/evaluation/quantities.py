"""Metrics of predicted quantities, plain and under row weights."""

import numpy as np

QUANTITY_NAMES = ("r2", "rmse", "mae", "mape")
# Of a sum of squares: what is less than rounding leaves of equal numbers is no variance.
_NO_VARIANCE = 1e-12


def quantity_metrics(y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """R², RMSE, MAE and MAPE.

    R² is NaN where all true values are equal, and MAPE, a ratio, where one of
    them is 0: scikit-learn returns 0, or a number beyond 10 to the 15, there.

    Args:
        y: True values, shape (rows,), at least one row.
        outputs: Predictions, shape (rows, 1).
    """
    found = weighted_quantities(np.ones((1, len(y))), y, outputs)
    return {name: float(values[0]) for name, values in found.items()}


def absolute_errors(y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Distance of prediction and truth, shape (rows,)."""
    return np.asarray(np.abs(outputs[:, 0] - y))


def relative_errors(y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The same by the true value's size; NaN where that is 0; shape (rows,)."""
    relative = np.full(len(y), np.nan)
    np.divide(absolute_errors(y, outputs), np.abs(y), out=relative, where=y != 0)
    return relative


def weighted_quantities(
    weights: np.ndarray, y: np.ndarray, outputs: np.ndarray, only: str | None = None
) -> dict[str, np.ndarray]:
    """The metrics under each row of weights; see ``core.evaluation.bootstrap``.

    Args:
        weights: Row weights, shape (resamples, rows), each row summing to the number of rows.
        y: True values, shape (rows,).
        outputs: Predictions, shape (rows, 1).
        only: The one metric wanted; None: all.

    Returns:
        Values of each metric, shape (resamples,).
    """
    wanted = QUANTITY_NAMES if only is None else (only,)
    return {name: _COMPUTE[name](weights, y, outputs) for name in wanted}


def _r2(weights: np.ndarray, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    centred = y - y.mean()  # or the difference of two large sums would round
    squares, sums = weights @ centred**2, weights @ centred
    total = squares - sums**2 / len(y)
    left = weights @ absolute_errors(y, outputs) ** 2
    explained = np.full(len(weights), np.nan)
    np.divide(left, total, out=explained, where=total > _NO_VARIANCE * squares)
    return 1 - explained


def _rmse(weights: np.ndarray, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(weights @ absolute_errors(y, outputs) ** 2 / len(y)))


def _mae(weights: np.ndarray, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    return np.asarray(weights @ absolute_errors(y, outputs) / len(y))


def _mape(weights: np.ndarray, y: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    relative = relative_errors(y, outputs)
    undefined = np.isnan(relative)
    means = weights @ np.where(undefined, 0, relative) / len(y)
    return np.where(weights @ undefined > 0, np.nan, means)


_COMPUTE = {"r2": _r2, "rmse": _rmse, "mae": _mae, "mape": _mape}
