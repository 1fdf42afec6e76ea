"""Figures of an evaluation. They touch no pyplot state, so steps may draw side by side.

Matplotlib is imported where it draws: a run whose plots are cached never needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.evaluation import ClassRow, ReliabilityBin, SliceRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _MUTED, _BLUE, _PALE = "#1f2933", "#7b8794", "#2f6fb0", "#dbe7f3"


def confusion_figure(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Figure:
    """Counts and shares of each true class; rows are true classes, columns predictions."""
    counts = np.asarray(confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(3.6, 0.85 * len(labels) + 1.2)
    figure, axes = _figure(size, 0.85 * size)
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
            color="white" if share > 0.5 else _INK,
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
    _tidy(upper)
    _tidy(lower)
    upper.plot([0, 1], [0, 1], linestyle="--", color=_MUTED, label="perfectly calibrated")
    upper.plot(confidence, [b.accuracy for b in bins], marker="o", color=_BLUE, label="model")
    upper.set(xlim=(0, 1.01), ylim=(0, 1.03), ylabel="Accuracy")
    upper.legend(frameon=False, loc="upper left", fontsize=9)
    lower.bar(confidence, [b.count for b in bins], width=0.06, color=_BLUE)
    lower.set(xlabel="Confidence of the predicted class", ylabel="Rows")
    return figure


def class_f1_figure(rows: Sequence[ClassRow]) -> Figure:
    """F1 of each class as horizontal bars."""
    return _bars([row.label for row in rows], [row.f1 for row in rows], "F1")


def slice_figure(rows: Sequence[SliceRow], overall: float) -> Figure:
    """Accuracy of each slice with its 95% interval; the dashed line is all rows together."""
    figure, axes = _figure(6.0, 0.42 * len(rows) + 1.0)
    places = np.arange(len(rows))
    accuracy = np.array([row.metrics["accuracy"] for row in rows])
    reach = np.abs(np.array([[row.low, row.high] for row in rows]).T - accuracy)
    axes.errorbar(accuracy, places, xerr=reach, fmt="o", color=_BLUE, capsize=3)
    axes.axvline(overall, linestyle="--", color=_MUTED, linewidth=1)
    axes.set_yticks(places, [row.name for row in rows], parse_math=False)
    axes.set(xlabel="Accuracy, 95% interval", ylim=(len(rows) - 0.5, -0.5))
    return figure


def top_terms_figure(terms: Sequence[tuple[str, float]]) -> Figure:
    """Weights of one class's terms as horizontal bars."""
    return _bars([term for term, _ in terms], [weight for _, weight in terms], "Weight")


def to_svg(figure: Figure) -> str:
    """The figure as an SVG element, with text as text; equal figures give equal bytes."""
    from matplotlib import rc_context

    buffer = BytesIO()
    with rc_context({"svg.hashsalt": "gatehouse", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    document = buffer.getvalue().decode("utf-8")
    return document[document.index("<svg") :]


def _bars(names: Sequence[str], values: Sequence[float], quantity: str) -> Figure:
    figure, axes = _figure(5.4, 0.32 * len(names) + 0.9)
    bars = axes.barh(range(len(names)), values, color=_BLUE, height=0.66)
    axes.bar_label(bars, fmt="%.3f", padding=4, color=_INK, fontsize=9)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(xlabel=quantity, ylim=(len(names) - 0.5, -0.5))
    axes.margins(x=0.14)
    return figure


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    _tidy(axes)
    return figure, axes


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_MUTED)
    axes.tick_params(colors=_INK, labelsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis="both", color=_PALE, linewidth=0.6)
