"""The form and the answers of served table models: nothing is filled in but what the model says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adapters.bento import store_model
from core.features import Feature
from core.release import Bundle
from service import runtime, shared
from tests.browser.actions import bars, submit, terms
from tests.browser.conftest import Visit
from tests.browser.servers import running
from tests.service.worker import worker_app
from tests.serving import FACTS, own_bentoml_home
from tests.tables import fit_table

pytestmark = pytest.mark.served
MODELS = {"status": "logistic_regression", "price": "ridge"}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A class and a quantity, the class first."""
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "")
    monkeypatch.setenv("GATEHOUSE_LOG_FOLDER", str(tmp_path / "log"))
    with own_bentoml_home(tmp_path / "home"):
        fitted = {name: fit_table(model) for name, model in MODELS.items()}
        releases = tuple(
            store_model(name=name, version="1", token="a", scorer=made.model, golden=made.golden,
                        facts=FACTS)
            for name, made in fitted.items()
        )  # fmt: skip
        bundle = Bundle(releases=releases)
        folder = runtime.create(bundle)
        shared.prepare(folder)
        with running(worker_app(bundle, folder), lifespan="on") as address:
            yield address


def test_every_column_has_its_field_and_an_example(visit: Visit, url: str) -> None:
    with visit(url) as page:
        height = page.get_by_label("größe")
        expect(height).to_have_attribute("type", "number")
        expect(height).to_have_accessible_description("142.9 to 201 in training.")
        assert height.input_value() == str(page_feature("größe").example)
        expect(page.get_by_label("age (optional)")).to_have_attribute("type", "number")
        options = page.get_by_label("city").locator("option").all_inner_texts()
        assert options == ["Choose…", *page_feature("city").levels]
        assert page.get_by_label("note").evaluate("node => node.tagName") == "TEXTAREA"
        expect(page.get_by_label("seen")).to_have_attribute("type", "date")
        assert page.get_by_label("seen").input_value() == "2026-06-15"

        answer = submit(page)
        assert page.locator("#label").inner_text() == answer["label"]
        assert len(bars(page)) == 2
        assert {term for term, _ in terms(page)} == {f.name for f in features()}
        expect(page.locator("#warnings")).to_be_hidden()


def test_what_is_strange_is_said_and_what_is_wrong_is_marked(visit: Visit, url: str) -> None:
    with visit(url) as page:
        page.get_by_label("größe").fill("500")
        page.get_by_label("age").fill("")
        assert len(submit(page)["warnings"]) == 2
        assert page.locator("#warnings li").all_inner_texts() == [
            "größe 500 is outside the training range 142.9..201",
            "age is missing",
        ]
        page.get_by_label("city").select_option("Choose…")
        page.get_by_role("button", name="Predict").click()
        expect(page.get_by_label("city")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("city")).to_be_focused()
        expect(page.locator("#failure")).to_be_empty()


def test_a_quantity_has_an_interval_and_takes_the_true_value(visit: Visit, url: str) -> None:
    with visit(url) as page:
        page.get_by_label("Model").select_option("price")
        answer = submit(page)
        assert answer["interval"]["low"] < answer["value"] < answer["interval"]["high"]
        assert shown_number(page, "#label") == pytest.approx(answer["value"], rel=1e-5)
        expect(page.locator("#confidence")).to_contain_text("(90.0%)")
        expect(page.locator("#shares")).to_be_hidden()
        expect(page.locator("#recent li")).to_have_count(1)
        page.get_by_role("button", name="Send feedback").click()
        expect(page.locator("#thanks")).to_have_text("Give the right value first.")
        page.get_by_label("Right value").fill(str(answer["value"] - 2.5))
        page.get_by_role("button", name="Send feedback").click()
        expect(page.locator("#thanks")).to_have_text("Thank you. Noted: the answer was off by 2.5.")
        page.get_by_label("Model").select_option("status")
        assert "label" in submit(page)
        expect(page.locator("#shares")).to_be_visible()
        page.locator("#recent button").last.click()
        expect(page.get_by_label("Model")).to_have_value("price")
        expect(page.locator("#shares")).to_be_hidden()


def features() -> tuple[Feature, ...]:
    return fit_table(MODELS["status"]).model.features


def page_feature(name: str) -> Feature:
    return next(feature for feature in features() if feature.name == name)


def shown_number(page: Page, selector: str) -> float:
    text = page.locator(selector).inner_text()
    return float(text.replace(",", "").replace("\u2212", "-"))
