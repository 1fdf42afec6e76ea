"""Figures of a predicted quantity: prediction, truth and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.canvas import BLUE, MUTED, new_figure
from core.evaluation.evaluation import Residuals

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def predicted_figure(residuals: Residuals) -> Figure:
    """Prediction against truth; on the dashed line they are equal."""
    figure, axes = new_figure(4.4, 4.0)
    points = np.array(residuals.points)
    ends = [points.min(), points.max()]
    axes.plot(ends, ends, linestyle="--", color=MUTED)
    axes.plot(*points.T, ".", color=BLUE, alpha=0.5, markersize=4)
    axes.set(xlabel="True value", ylabel="Prediction")
    return figure


def residual_figure(residuals: Residuals) -> Figure:
    """Residual against prediction: a bend or a funnel says where the model errs."""
    figure, axes = new_figure(4.4, 4.0)
    truth, predicted = np.array(residuals.points).T
    axes.axhline(0, linestyle="--", color=MUTED)
    axes.plot(predicted, predicted - truth, ".", color=BLUE, alpha=0.5, markersize=4)
    axes.set(xlabel="Prediction", ylabel="Prediction minus truth")
    return figure


def histogram_figure(residuals: Residuals) -> Figure:
    """How many rows have which residual."""
    figure, axes = new_figure(4.4, 3.2)
    axes.stairs(residuals.counts, residuals.edges, fill=True, color=BLUE)
    axes.axvline(0, linestyle="--", color=MUTED)
    axes.set(xlabel="Prediction minus truth", ylabel="Rows")
    return figure


def normal_figure(residuals: Residuals) -> Figure:
    """Standardised residuals against the normal distribution; far ends show heavy tails."""
    figure, axes = new_figure(4.4, 3.2)
    expected, found = np.array(residuals.normal).T
    axes.plot(expected, expected, linestyle="--", color=MUTED)
    axes.plot(expected, found, ".", color=BLUE)
    axes.set(xlabel="Quantile of the normal distribution", ylabel="Of the residuals")
    return figure
