"""A search as figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.canvas import BLUE, MUTED, RED, bars, new_figure
from core.evaluation.metrics import GREATER_IS_BETTER, METRIC_TITLES
from core.search.summary import SearchSummary

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def search_figures(found: SearchSummary) -> dict[str, Figure]:
    """Figures by name: ``history``, and ``importances`` where there are some."""
    figures = {"history": history_figure(found)}
    if found.importances:
        figures["importances"] = importances_figure(found)
    return figures


def history_figure(found: SearchSummary) -> Figure:
    """The mean score of each trial over the folds it reached, and the best so far."""
    figure, axes = new_figure(6.0, 3.2)
    for state, color, words in (("complete", BLUE, "all folds"), ("pruned", MUTED, "pruned")):
        shown = [trial for trial in found.history if trial.state == state and trial.folds]
        means = [np.mean(trial.folds) for trial in shown]
        axes.scatter([trial.number for trial in shown], means, color=color, s=18, label=words)
    scored = [(t.number, t.score) for t in found.history if t.score is not None]
    better = np.maximum if GREATER_IS_BETTER[found.metric] else np.minimum
    best = better.accumulate([score for _, score in scored])
    numbers = [number for number, _ in scored]
    axes.step(numbers, best, where="post", color=RED, linewidth=1.2, label="best so far")
    title = f"{METRIC_TITLES[found.metric]}, {found.folds} folds"
    axes.set(xlabel="Trial", ylabel=title)
    axes.legend(frameon=False, fontsize=9)
    return figure


def importances_figure(found: SearchSummary) -> Figure:
    """How much of the differences between trials each key explains."""
    ranked = sorted(found.importances.items(), key=lambda item: -item[1])
    return bars(
        [key for key, _ in ranked], [share for _, share in ranked], "Share of the differences"
    )
