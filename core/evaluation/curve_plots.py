"""Figures of binary classifiers: ranking and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evaluation.canvas import BLUE, MUTED, RED, new_figure
from core.evaluation.evaluation import Curves, ThresholdChoice

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def roc_figure(curves: Curves) -> Figure:
    """True against false positives, for every threshold; the dashed line is chance."""
    figure, axes = new_figure(4.4, 4.0)
    axes.plot([0, 1], [0, 1], linestyle="--", color=MUTED)
    axes.plot(*zip(*curves.roc, strict=True), color=BLUE)
    axes.set(xlabel="False positive rate", ylabel="True positive rate")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03))
    return figure


def precision_recall_figure(curves: Curves) -> Figure:
    """Precision against recall; the dashed line is the share of positive rows, that is, chance."""
    figure, axes = new_figure(4.4, 4.0)
    axes.axhline(curves.share, linestyle="--", color=MUTED)
    axes.step(*zip(*curves.precision_recall, strict=True), color=BLUE, where="post")
    axes.set(xlabel="Recall", ylabel="Precision", xlim=(-0.01, 1.01), ylim=(-0.01, 1.03))
    return figure


def cost_figure(choice: ThresholdChoice) -> Figure:
    """Mean cost of a validation row for every threshold; the red line is the chosen one."""
    figure, axes = new_figure(5.4, 3.2)
    axes.plot(*zip(*choice.costs, strict=True), color=BLUE)
    axes.axvline(choice.threshold, color=RED, linewidth=1)
    axes.axvline(0.5, color=MUTED, linestyle="--", linewidth=1)
    axes.set(xlabel="Threshold (dashed: 0.5)", ylabel="Cost per row", xlim=(-0.01, 1.01))
    return figure
