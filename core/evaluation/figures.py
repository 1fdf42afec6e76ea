"""All figures of an evaluation, by the name that its page uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from core.evaluation import curve_plots, plots, residual_plots
from core.evaluation.canvas import to_svg
from core.evaluation.evaluation import Evaluation
from core.evaluation.metrics import METRIC_TITLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Named = tuple[str, "Figure", str]


def inline_figures(evaluation: Evaluation) -> dict[str, Markup]:
    """Each figure as an SVG element with a label, by its name."""
    return {
        name: inline(figure, name, words)
        for part in _PARTS
        for name, figure, words in part(evaluation)
    }


def _classes(evaluation: Evaluation) -> Iterator[Named]:
    if evaluation.per_class:
        yield (
            "confusion",
            plots.confusion_figure(evaluation.confusion, evaluation.labels),
            "Confusion matrix: rows are true classes, columns predicted classes",
        )
        yield (
            "reliability",
            plots.reliability_figure(evaluation.reliability),
            "Reliability curve: accuracy against confidence, with a histogram of confidences",
        )
        yield "classes", plots.class_f1_figure(evaluation.per_class), "F1 of each class"


def _two_classes(evaluation: Evaluation) -> Iterator[Named]:
    if (curves := evaluation.curves) is not None:
        yield "roc", curve_plots.roc_figure(curves), "ROC curve"
        drawn = curve_plots.precision_recall_figure(curves)
        yield "precision-recall", drawn, "Precision against recall"
    if (choice := evaluation.threshold) is not None:
        yield "costs", curve_plots.cost_figure(choice), "Cost of each threshold"


def _residuals(evaluation: Evaluation) -> Iterator[Named]:
    if (residuals := evaluation.residuals) is not None:
        yield "predicted", residual_plots.predicted_figure(residuals), "Prediction against truth"
        yield "residuals", residual_plots.residual_figure(residuals), "Residual against prediction"
        yield "histogram", residual_plots.histogram_figure(residuals), "Histogram of the residuals"
        if residuals.normal:
            drawn = residual_plots.normal_figure(residuals)
            yield "normal", drawn, "Residuals against the normal distribution"


def _slices(evaluation: Evaluation) -> Iterator[Named]:
    if slices := evaluation.slices:
        metric = slices[0].metric
        overall, title = evaluation.metrics[metric].value, METRIC_TITLES[metric]
        yield "slices", plots.slice_figure(slices, overall, title), f"{title} by slice"


def _explanation(evaluation: Evaluation) -> Iterator[Named]:
    found = evaluation.explanation
    for number, (label, terms) in enumerate(found.terms.items()):
        yield f"terms-{number}", plots.top_terms_figure(terms), f"Top terms of {label}"
    for number, weighing in enumerate(found.weighings):
        drawn = plots.weights_figure(weighing.weights, weighing.unit)
        about = f" for {weighing.output}" if weighing.output else ""
        yield f"weights-{number}", drawn, f"{weighing.unit}{about}"


_PARTS: tuple[Callable[[Evaluation], Iterator[Named]], ...] = (
    _classes,
    _two_classes,
    _residuals,
    _slices,
    _explanation,
)


def inline(figure: Figure, name: str, description: str) -> Markup:
    """A figure as an SVG element with a label, with ids that no other figure of the page has."""
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", to_svg(figure))
    label = f'<svg role="img" aria-label="{escape(description)}" '
    return Markup(label + svg.removeprefix("<svg "))  # noqa: S704 - matplotlib escapes its text
