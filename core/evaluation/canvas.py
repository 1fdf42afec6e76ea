"""What all figures of an evaluation share. They touch no pyplot state, so steps may draw at once.

Matplotlib is imported where it draws: a run whose plots are cached never needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, BLUE, PALE, RED = "#1f2933", "#7b8794", "#2f6fb0", "#dbe7f3", "#b3261e"


def to_svg(figure: Figure) -> str:
    """The figure as an SVG element, with text as text; equal figures give equal bytes."""
    from matplotlib import rc_context

    buffer = BytesIO()
    with rc_context({"svg.hashsalt": "gatehouse", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    document = buffer.getvalue().decode("utf-8")
    return document[document.index("<svg") :]


def bars(
    names: Sequence[str],
    values: Sequence[float],
    quantity: str,
    spreads: Sequence[float] | None = None,
) -> Figure:
    """Horizontal bars, the first on top, with their values; spreads are drawn as error bars."""
    figure, axes = new_figure(5.4, 0.32 * len(names) + 0.9)
    axes.barh(range(len(names)), values, color=BLUE, height=0.66, xerr=spreads)
    digits = ".2g" if max(map(abs, values), default=0) < 0.01 else ".3f"
    for place, value in enumerate(values):
        # Right of the bar, though it points to the left: there the names are.
        end = (max(value + (spreads[place] if spreads else 0), 0), place)
        beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(format(value, digits), end, color=INK, fontsize=9, **beside)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(xlabel=quantity, ylim=(len(names) - 0.5, -0.5))
    axes.margins(x=0.14)
    return figure


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure, in inches, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    tidy(axes)
    return figure, axes


def tidy(axes: Axes) -> None:
    """Little ink."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=INK, labelsize=9)
    axes.set_axisbelow(True)
    axes.grid(axis="both", color=PALE, linewidth=0.6)
