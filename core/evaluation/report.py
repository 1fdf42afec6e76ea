"""The evaluation as one HTML page for a person: no script, no outside asset."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict

from core.evaluation import plots
from core.evaluation.evaluation import Evaluation
from core.evaluation.metrics import GREATER_IS_BETTER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METRIC_TITLES = {
    "accuracy": "Accuracy",
    "f1_macro": "Macro F1",
    "precision_macro": "Macro precision",
    "recall_macro": "Macro recall",
    "auc": "AUC",
    "log_loss": "Log loss",
    "ece": "Calibration error",
}


class CandidateRow(BaseModel):
    """One candidate on the validation split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    metrics: dict[str, float]
    fit_seconds: float
    chosen: bool


def render_report(
    evaluation: Evaluation,
    *,
    title: str,
    facts: Mapping[str, str],
    candidates: Sequence[CandidateRow],
) -> str:
    """Renders the page.

    Args:
        evaluation: The chosen candidate on the test split.
        title: Headline, such as the model's name.
        facts: What identifies the run: data fingerprint, rows, seed, config hash.
        candidates: All candidates on the validation split.
    """
    template = _environment().get_template("report.html.j2")
    return template.render(
        evaluation=evaluation,
        title=title,
        facts=facts,
        candidates=candidates,
        titles=METRIC_TITLES,
        greater_is_better=GREATER_IS_BETTER,
        figures=_figures(evaluation),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("core.evaluation", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    return environment


def _number(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.4f}"


def _figures(evaluation: Evaluation) -> dict[str, Markup]:
    figures = {
        "confusion": (
            plots.confusion_figure(evaluation.confusion, evaluation.labels),
            "Confusion matrix: rows are true classes, columns predicted classes",
        ),
        "reliability": (
            plots.reliability_figure(evaluation.reliability),
            "Reliability curve: accuracy against confidence, with a histogram of confidences",
        ),
        "classes": (plots.class_f1_figure(evaluation.per_class), "F1 of each class"),
    }
    if evaluation.slices:
        overall = evaluation.metrics["accuracy"].value
        figures["slices"] = (plots.slice_figure(evaluation.slices, overall), "Accuracy by slice")
    for number, (label, terms) in enumerate(evaluation.top_terms.items()):
        figures[f"terms-{number}"] = (plots.top_terms_figure(terms), f"Top terms of {label}")
    return {name: _inline(figure, name, alt) for name, (figure, alt) in figures.items()}


def _inline(figure: Figure, name: str, description: str) -> Markup:
    """An SVG with a label, and with ids that no other figure of the page has."""
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", plots.to_svg(figure))
    label = f'<svg role="img" aria-label="{escape(description)}" '
    return Markup(label + svg.removeprefix("<svg "))  # noqa: S704 - matplotlib escapes its text
