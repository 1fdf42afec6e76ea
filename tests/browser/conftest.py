"""A real browser, and the services that it looks at."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from core.models.scorer.storage import load_scorer
from service.schemas import PredictRequest
from tests.browser.servers import Passenger, Service, describe, lifeboat, running
from tests.serving import Fitted, fitted

__all__ = ["fitted"]
CHROMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Chromium's own note of an answer that is not a success; the page shows the error.
REFUSED = "Failed to load resource"
Visit = Callable[..., AbstractContextManager[Page]]


# Not per session: while Playwright runs, no other test of this thread may start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMES)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """Opens a page; at its end, nothing may have failed and no other host been asked."""

    @contextmanager
    def visit(url: str, **context: Any) -> Iterator[Page]:
        troubles: list[str] = []
        with browser.new_context(**context) as tab, tab.new_page() as page:
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.on("console", lambda note: _listen(note.type, note.text, troubles))
            page.on("request", lambda request: _check_host(request.url, url, troubles))
            opened = page.goto(url)
            assert opened
            assert opened.ok
            page.locator("#workspace:visible, #key:visible").first.wait_for()
            yield page
        assert troubles == []

    return visit


def _listen(kind: str, text: str, troubles: list[str]) -> None:
    if kind in {"error", "warning"} and not text.startswith(REFUSED):
        troubles.append(text)


def _check_host(asked: str, url: str, troubles: list[str]) -> None:
    if not asked.startswith((url, "data:")):
        troubles.append(f"asked {asked}")


@pytest.fixture
def news(fitted: Fitted) -> Service:
    """The exact scorer behind the real request schema."""
    scorer = load_scorer(fitted.scorer_folder)

    def answer(request: PredictRequest) -> dict[str, Any]:
        probabilities = scorer.outputs_one(request.text).tolist()
        answer = describe(scorer.labels, probabilities, request.top_k)
        members = scorer.explain(request.text, answer["label_id"]) if request.explain else None
        if members is not None:
            answer["explanation"] = {
                "label": answer["label"],
                "members": [
                    {
                        "weight": member.weight,
                        "score": member.score,
                        "intercept": member.intercept,
                        "contributions": [
                            {"term": term, "contribution": value}
                            for term, value in member.contributions
                        ],
                    }
                    for member in members
                ],
            }
        return answer

    return Service(PredictRequest, answer)


@pytest.fixture
def service_url(news: Service) -> Iterator[str]:
    with running(news) as url:
        yield url


@pytest.fixture
def passengers() -> Service:
    return Service(Passenger, lifeboat, names=("lifeboat",))


@pytest.fixture
def table_url(passengers: Service) -> Iterator[str]:
    with running(passengers) as url:
        yield url
