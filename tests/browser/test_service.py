"""The page of the assembled service: its own front, guard and models."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.release import Bundle
from core.serving import ServingSettings
from service import runtime, shared
from tests.browser.actions import TEXT, ask, bars, terms
from tests.browser.conftest import Visit
from tests.browser.servers import running
from tests.service.models.releases import publish
from tests.service.worker import worker_app
from tests.serving import Fitted, own_bentoml_home

pytestmark = pytest.mark.served
KEY = "a-key-of-a-test-0123456789-0123456789-012345"


@pytest.fixture
def bundle(fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bundle]:
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "")
    monkeypatch.setenv("GATEHOUSE_LOG_FOLDER", str(tmp_path / "log"))
    with own_bentoml_home(tmp_path / "home"):
        releases = publish(fitted, "3"), publish(fitted, "8", name="other")
        yield Bundle(releases=releases, serving=ServingSettings())


def folder_of(bundle: Bundle) -> Path:
    folder = runtime.create(bundle)
    shared.prepare(folder)
    return folder


def test_it_predicts_explains_and_takes_feedback(visit: Visit, bundle: Bundle) -> None:
    app = worker_app(bundle, folder_of(bundle))
    with running(app, lifespan="on") as url, visit(url) as page:
        answer = ask(page, TEXT)
        assert page.locator("#label").inner_text() == answer["label"]
        assert {label: number for label, number, _ in bars(page)} == answer["probabilities"]
        assert {term for term, _ in terms(page)} == {
            item["term"] for item in answer["explanation"]["members"][0]["contributions"]
        }
        page.locator("#truth").select_option(answer["label"])
        page.locator("#feedback button").click()
        expect(page.locator("#thanks")).to_contain_text("Noted")
        page.get_by_label("Model").select_option("other")
        assert ask(page, TEXT)["model"] == "other"


def test_the_guard_asks_for_the_key(
    visit: Visit, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    monkeypatch.setenv("GATEHOUSE_API_KEYS", f"tests:predict:{digest}")
    app = worker_app(bundle, folder_of(bundle))
    with running(app, lifespan="on") as url, visit(url) as page:
        page.get_by_label("API key").fill(KEY)
        page.keyboard.press("Enter")
        expect(page.get_by_label("API key")).to_be_hidden()
        assert ask(page, TEXT)["model"] == "news"


def test_the_documentation_opens(visit: Visit, bundle: Bundle, browser: object) -> None:
    app = worker_app(bundle, folder_of(bundle))
    with running(app, lifespan="on") as url, visit(url) as page:
        page.goto(f"{url}/docs")
        expect(page.get_by_text(re.compile("One answer$")).first).to_be_visible()
