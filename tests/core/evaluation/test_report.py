import re
from html.parser import HTMLParser

import pytest

from core.evaluation.evaluation import Evaluation, Explanation
from core.evaluation.report import CandidateRow, render_report

CANDIDATES = [
    CandidateRow(name="plain", metrics={"accuracy": 0.8}, fit_seconds=0.5, chosen=False),
    CandidateRow(name="fancy", metrics={"accuracy": float("nan")}, fit_seconds=1.25, chosen=True),
]


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(evaluation: Evaluation) -> str:
    return render_report(
        evaluation, title="news <v1>", facts={"Seed": "42", "Hash": "a<b"}, candidates=CANDIDATES
    )


def test_is_self_contained(html: str) -> None:
    page = _Page(html)
    assert not page.attributes("script") + page.attributes("link") + page.attributes("img")
    sources = [a for _, attrs in page.tags for a in attrs.items() if a[0] in {"src", "xlink:href"}]
    assert all(value and value.startswith("#") for _, value in sources)
    assert "@import" not in html


def test_names_from_data_are_escaped(html: str) -> None:
    assert "<b>bold" not in html
    assert "<Eggs>" not in html
    page = _Page(html)
    assert "news <v1>" in page.text
    assert "<b>bold</b>" in page.text


def test_is_accessible(html: str) -> None:
    page = _Page(html)
    assert page.attributes("html")[0]["lang"] == "en"
    assert all(attributes.get("scope") for attributes in page.attributes("th"))
    assert all(a.get("role") == "img" and a.get("aria-label") for a in page.attributes("svg"))
    assert len(page.attributes("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)


def test_references_inside_a_figure_reach_an_id_of_the_page(html: str) -> None:
    ids = set(re.findall(r'\bid="([^"]+)"', html))
    used = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', html))
    assert used
    assert {first or second for first, second in used} <= ids


def test_shows_what_was_measured(html: str, evaluation: Evaluation) -> None:
    text = _Page(html).text
    accuracy, in_slice = evaluation.metrics["accuracy"], evaluation.slices[0].metrics
    for number in (accuracy.value, accuracy.low, accuracy.high, in_slice["f1_macro"]):
        assert f"{number:.4f}" in text
    assert "undefined" in text, "the NaN accuracy of a candidate"
    assert "1.25" in text


def test_is_the_same_every_time(html: str, evaluation: Evaluation) -> None:
    again = render_report(
        evaluation, title="news <v1>", facts={"Seed": "42", "Hash": "a<b"}, candidates=CANDIDATES
    )
    assert again == html


def test_no_slices_and_no_terms_leave_their_sections_out(evaluation: Evaluation) -> None:
    bare = evaluation.model_copy(update={"slices": (), "explanation": Explanation()})
    html = render_report(bare, title="t", facts={}, candidates=[])
    assert 'id="slices"' not in html
    assert 'id="terms"' not in html
    assert 'id="roc"' not in html
    assert 'id="residuals"' not in html


def test_two_classes_have_curves_and_a_threshold(binary: Evaluation) -> None:
    html = render_report(binary, title="t", facts={}, candidates=[])
    text = _Page(html).text
    assert binary.curves
    assert binary.threshold
    for part in ("roc", "precision-recall", "threshold"):
        assert f'<h2 id="{part}">' in html
    for number in (binary.curves.average_precision, binary.threshold.test_cost):
        assert f"{number:.4f}" in text
    assert "is not costs 1, missing one 5" in text
    test_is_accessible(html)


def test_a_quantity_has_residuals_and_no_classes(regression: Evaluation) -> None:
    html = render_report(regression, title="t", facts={}, candidates=[])
    text = _Page(html).text
    assert regression.residuals
    assert regression.coverage
    for part in ("predicted", "residuals", "histogram", "normal", "coverage", "slices", "terms"):
        assert f'<h2 id="{part}">' in html
    for part in ("confusion", "classes", "roc", "threshold"):
        assert f'id="{part}"' not in html
    assert f"{100 * regression.coverage.observed:.1f}%" in text
    assert f"{regression.metrics['mae'].value:.5g}" in text
    assert "16000" in text, "the width of the interval"
    assert "<i>rooms</i>" in text
    assert "Something was left out." in text
    test_is_accessible(html)
    test_is_self_contained(html)
