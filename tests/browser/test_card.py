"""The model card in a real browser: its policy, small screens, the dark, and print."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.governance.card.render import render_card
from core.models.card import Card
from core.release import Bundle
from service import runtime, shared
from tests.browser.actions import PHONE, violations
from tests.browser.conftest import Visit
from tests.browser.servers import running
from tests.core.governance.card.cases import ABOUT, ENTRIES, LABELS, case, evaluation
from tests.service.models.releases import publish
from tests.service.worker import worker_app
from tests.serving import Fitted, own_bentoml_home

pytestmark = pytest.mark.served
KEY = "a-key-of-a-test-0123456789-0123456789-012345"
HOSTILE = "<script>document.title = 'owned'</script>" + "Wirtschaftsnachrichten" * 6


def card() -> Card:
    labels = (HOSTILE, *LABELS[1:])
    found = case(evaluation=evaluation(labels=labels))
    return render_card(
        found, about=ABOUT, entries=ENTRIES, version="4", released_at="2026-01-02T03:15:00Z"
    )


@pytest.fixture
def bundle(fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bundle]:
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "")
    monkeypatch.setenv("GATEHOUSE_LOG_FOLDER", str(tmp_path / "log"))
    with own_bentoml_home(tmp_path / "home"):
        releases = publish(fitted, "4", card=card()), publish(fitted, "8", name="plain")
        yield Bundle(releases=releases)


@pytest.fixture
def url(bundle: Bundle) -> Iterator[str]:
    folder = runtime.create(bundle)
    shared.prepare(folder)
    with running(worker_app(bundle, folder), lifespan="on") as url:
        yield url


def open_card(page: Page) -> None:
    page.get_by_role("link", name="Model card").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("news")


@pytest.mark.parametrize("options", [{}, PHONE, {"color_scheme": "dark"}], ids=str)
def test_it_is_styled_readable_and_harmless(
    visit: Visit, url: str, options: dict[str, Any]
) -> None:
    with visit(url, **options) as page:
        open_card(page)
        assert page.title() == "Model card: news version 4"
        assert page.locator("section").first.evaluate("e => getComputedStyle(e).borderRadius") != (
            "0px"
        )
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.get_by_role("rowheader", name=HOSTILE).count() == 2
        assert violations(page) == ""


def test_the_reliability_plot_is_drawn(visit: Visit, url: str) -> None:
    with visit(url) as page:
        open_card(page)
        dots = page.locator("svg.plot circle")
        assert dots.count() == 4
        place = "e => [e.cx.baseVal.value, e.cy.baseVal.value]"
        assert dots.first.evaluate(place) == pytest.approx([44 + 300 * 0.45, 250 - 240 * 0.41])


def test_printed_it_is_black_on_white(visit: Visit, url: str) -> None:
    with visit(url, color_scheme="dark") as page:
        open_card(page)
        page.emulate_media(media="print")
        colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
        assert page.locator("body").evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
        assert page.pdf().startswith(b"%PDF")


def test_a_model_without_a_card_has_no_link(visit: Visit, url: str) -> None:
    with visit(url) as page:
        link = page.get_by_role("link", name="Model card")
        expect(link).to_be_visible()
        page.get_by_label("Model", exact=True).select_option("plain")
        expect(link).to_be_hidden()


def test_behind_a_key_it_comes_as_a_file(
    visit: Visit, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    monkeypatch.setenv("GATEHOUSE_API_KEYS", f"tests:predict:{digest}")
    folder = runtime.create(bundle)
    shared.prepare(folder)
    with running(worker_app(bundle, folder), lifespan="on") as url, visit(url) as page:
        page.get_by_label("API key").fill(KEY)
        page.keyboard.press("Enter")
        with page.expect_download() as download:
            page.get_by_role("link", name="Model card").click()
        assert download.value.suggested_filename == "news-card.html"
        assert download.value.path().read_text() == card().html
