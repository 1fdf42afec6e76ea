"""Figures of a classifier, of slices, and of what a model looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.canvas import BLUE, INK, MUTED, RED, bars, new_figure, tidy
from core.evaluation.evaluation import ClassRow, ReliabilityBin, SliceRow, Weight

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_figure(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Figure:
    """Counts and shares of each true class; rows are true classes, columns predictions."""
    counts = np.asarray(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(3.6, 0.85 * len(labels) + 1.2)
    figure, axes = new_figure(size, 0.85 * size)
    edges = np.arange(len(labels) + 1) - 0.5
    axes.pcolormesh(edges, edges, shares, cmap="Blues", vmin=0, vmax=1, edgecolors="w", linewidth=2)
    axes.invert_yaxis()
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            f"{counts[row, column]}\n{share:.0%}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if share > 0.5 else INK,
        )
    axes.set_xticks(range(len(labels)), labels, rotation=20, parse_math=False)
    axes.set_yticks(range(len(labels)), labels, parse_math=False)
    axes.set(xlabel="Predicted class", ylabel="True class")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def reliability_figure(bins: Sequence[ReliabilityBin]) -> Figure:
    """Accuracy against confidence, above a histogram of the confidences."""
    confidence = [b.confidence for b in bins]
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 4.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    tidy(upper)
    tidy(lower)
    upper.plot([0, 1], [0, 1], linestyle="--", color=MUTED, label="perfectly calibrated")
    upper.plot(confidence, [b.accuracy for b in bins], marker="o", color=BLUE, label="model")
    upper.set(xlim=(0, 1.01), ylim=(0, 1.03), ylabel="Accuracy")
    upper.legend(frameon=False, loc="upper left", fontsize=9)
    lower.bar(confidence, [b.count for b in bins], width=0.06, color=BLUE)
    lower.set(xlabel="Confidence of the predicted class", ylabel="Rows")
    return figure


def class_f1_figure(rows: Sequence[ClassRow]) -> Figure:
    """F1 of each class as horizontal bars."""
    return bars([row.label for row in rows], [row.f1 for row in rows], "F1")


def slice_figure(rows: Sequence[SliceRow], overall: float, quantity: str) -> Figure:
    """The metric of each slice with its 95% interval; the dashed line is all rows together.

    Red are those that are worse than the rest beyond chance.
    """
    figure, axes = new_figure(6.0, 0.42 * len(rows) + 1.0)
    for place, row in enumerate(rows):
        reach = np.abs(np.array([[row.low], [row.high]]) - row.shown)
        color = RED if row.is_gap else BLUE
        axes.errorbar(row.shown, place, xerr=reach, fmt="o", color=color, capsize=3)
    axes.axvline(overall, linestyle="--", color=MUTED, linewidth=1)
    axes.set_yticks(range(len(rows)), [row.name for row in rows], parse_math=False)
    axes.set(xlabel=f"{quantity}, 95% interval", ylim=(len(rows) - 0.5, -0.5))
    return figure


def top_terms_figure(terms: Sequence[tuple[str, float]]) -> Figure:
    """Weights of one class's terms as horizontal bars."""
    return bars([term for term, _ in terms], [weight for _, weight in terms], "Weight")


def weights_figure(weights: Sequence[Weight], unit: str) -> Figure:
    """Weights of columns or words as horizontal bars, with their spread where they have one."""
    spreads = [weight.spread for weight in weights]
    return bars(
        [weight.name for weight in weights],
        [weight.value for weight in weights],
        unit[:1].upper() + unit[1:],
        spreads if any(spreads) else None,
    )
