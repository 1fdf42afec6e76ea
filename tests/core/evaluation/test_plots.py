import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure

from core.evaluation import plots
from core.evaluation.evaluation import Evaluation

FIGURES: dict[str, Callable[[Evaluation], Figure]] = {
    "confusion": lambda e: plots.confusion_figure(e.confusion, e.labels),
    "reliability": lambda e: plots.reliability_figure(e.reliability),
    "classes": lambda e: plots.class_f1_figure(e.per_class),
    "slices": lambda e: plots.slice_figure(e.slices, e.metrics["accuracy"].value),
    "terms": lambda e: plots.top_terms_figure(e.top_terms[e.labels[0]]),
}


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_every_figure_is_well_formed_and_repeatable(
    draw: Callable[[Evaluation], Figure], evaluation: Evaluation
) -> None:
    svg = plots.to_svg(draw(evaluation))
    assert ET.fromstring(svg).tag.endswith("svg")
    assert plots.to_svg(draw(evaluation)) == svg


def test_the_confusion_matrix_shows_names_counts_and_shares(evaluation: Evaluation) -> None:
    axes = plots.confusion_figure([[30, 10], [0, 0]], ["yes", "no"]).axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["yes", "no"]
    assert [text.get_text() for text in axes.texts] == ["30\n75%", "10\n25%", "0\n0%", "0\n0%"]


def test_a_dollar_sign_in_a_term_is_not_read_as_mathematics() -> None:
    svg = plots.to_svg(plots.top_terms_figure([("$^$ x_", 1.0), ("a$b", 0.5)]))
    assert "$^$ x_" in svg
