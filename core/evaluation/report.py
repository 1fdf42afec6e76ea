"""The evaluation as one HTML page for a person: no script, no outside asset."""

import math
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict

from core.evaluation.evaluation import Evaluation
from core.evaluation.figures import inline, inline_figures
from core.evaluation.metrics import GREATER_IS_BETTER, METRIC_TITLES, figure
from core.search.plots import search_figures
from core.search.summary import SearchSummary

# How columns and words were weighed, for a reader.
METHODS = {
    "contributions": "What each column adds to the score, exactly",
    "permutation": "What is lost when a column is shuffled",
    "erasure": "What is lost without a word",
    "shap": "Shapley values",
}


class CandidateRow(BaseModel):
    """One candidate on the validation split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    metrics: dict[str, float]
    fit_seconds: float
    chosen: bool
    search: SearchSummary | None = None


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
        second="f1_macro" if evaluation.labels else "rmse",
        methods=METHODS,
        figures=inline_figures(evaluation) | _search_figures(candidates),
    )


def _search_figures(candidates: Sequence[CandidateRow]) -> dict[str, Markup]:
    return {
        f"{name}-{row.name}": inline(drawn, f"{name}-{row.name}", f"{name} of {row.name}'s search")
        for row in candidates
        if row.search is not None
        for name, drawn in search_figures(row.search).items()
    }


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("core.evaluation", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    environment.filters["metric"] = _metric
    return environment


def _number(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.4f}"


def _metric(value: float, name: str) -> str:
    return figure(name, value)
