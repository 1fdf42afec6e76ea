import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from core.evaluation import curve_plots, plots, residual_plots
from core.evaluation.canvas import to_svg
from core.evaluation.evaluation import Evaluation, Weight

FIGURES: dict[str, Callable[[Evaluation], Figure]] = {
    "confusion": lambda e: plots.confusion_figure(e.confusion, e.labels),
    "reliability": lambda e: plots.reliability_figure(e.reliability),
    "classes": lambda e: plots.class_f1_figure(e.per_class),
    "slices": lambda e: plots.slice_figure(e.slices, e.metrics["accuracy"].value, "Accuracy"),
    "terms": lambda e: plots.top_terms_figure(e.explanation.terms[e.labels[0]]),
}
OF_TWO = {
    "roc": lambda e: curve_plots.roc_figure(e.curves),
    "precision-recall": lambda e: curve_plots.precision_recall_figure(e.curves),
    "costs": lambda e: curve_plots.cost_figure(e.threshold),
}
OF_QUANTITY = {
    "predicted": lambda e: residual_plots.predicted_figure(e.residuals),
    "residuals": lambda e: residual_plots.residual_figure(e.residuals),
    "histogram": lambda e: residual_plots.histogram_figure(e.residuals),
    "normal": lambda e: residual_plots.normal_figure(e.residuals),
}


@pytest.mark.parametrize(
    ("fixture", "draw"),
    [
        pytest.param(fixture, draw, id=name)
        for fixture, figures in (
            ("evaluation", FIGURES), ("binary", OF_TWO), ("regression", OF_QUANTITY)
        )
        for name, draw in figures.items()
    ],
)  # fmt: skip
def test_every_figure_is_well_formed_and_repeatable(
    fixture: str, draw: Callable[[Evaluation], Figure], request: pytest.FixtureRequest
) -> None:
    evaluation = request.getfixturevalue(fixture)
    svg = to_svg(draw(evaluation))
    assert ET.fromstring(svg).tag.endswith("svg")
    assert to_svg(draw(evaluation)) == svg


def test_the_confusion_matrix_shows_names_counts_and_shares(evaluation: Evaluation) -> None:
    axes = plots.confusion_figure([[30, 10], [0, 0]], ["yes", "no"]).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["yes", "no"]
    assert [text.get_text() for text in axes.texts] == ["30\n75%", "10\n25%", "0\n0%", "0\n0%"]


def test_a_dollar_sign_in_a_term_is_not_read_as_mathematics() -> None:
    svg = to_svg(plots.top_terms_figure([("$^$ x_", 1.0), ("a$b", 0.5)]))
    assert "$^$ x_" in svg


def test_spreads_are_drawn_where_there_are_any() -> None:
    def lines(spread: float) -> int:
        weights = [Weight(name="a", value=1, spread=spread), Weight(name="b", value=0.5)]
        return len(plots.weights_figure(weights, "loss of r2").axes[0].collections)

    assert (lines(0), lines(0.1)) == (0, 1)
