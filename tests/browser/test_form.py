"""The form is made from the request schema; nothing in the page knows a task."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.actions import HOSTILE, PHONE, TEXT, ask, bars, submit
from tests.browser.conftest import Visit
from tests.browser.servers import Service, running

pytestmark = pytest.mark.served


def fill_passenger(page: Page) -> None:
    page.get_by_label("Age").fill("41.5")
    page.get_by_label("Ticket").select_option("first")
    page.get_by_label("Alone").check()
    page.get_by_label("Deck").select_option("B")


def test_the_form_is_built_from_the_schema(
    visit: Visit, table_url: str, passengers: Service
) -> None:
    with visit(table_url) as page:
        age = page.get_by_label("Age")
        assert [age.get_attribute(name) for name in ("min", "max", "step")] == ["0", "120", "any"]
        expect(age).to_have_accessible_description("In years.")
        expect(page.get_by_label("Siblings")).to_have_attribute("step", "1")
        options = page.get_by_label("Port").locator("option").all_inner_texts()
        assert options == ["Not given", "Cork", "Kiel"]
        expect(page.get_by_label("Top K")).to_be_hidden()

        fill_passenger(page)
        answer = submit(page)
        assert (answer["label"], len(bars(page))) == ("saved", 2)
        assert page.locator("#members").inner_text() == ("This model can\u2019t tell what counted.")
        assert passengers.bodies[-1] == (
            "/predict",
            {
                "age": 41.5,
                "siblings": 0,
                "ticket": "first",
                "port": None,
                "fare": None,
                "name": None,
                "alone": True,
                "insured": None,
                "cabin": {"deck": "B", "shared": False},
                "top_k": 2,
                "explain": True,
            },
        )
        page.get_by_label("Fare").fill("7.25")
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("Port").select_option("Kiel")
        page.get_by_label("Insured").select_option("No")
        page.get_by_label("Siblings").fill("")
        submit(page)
        body = passengers.bodies[-1][1]
        assert "siblings" not in body
        given = {name: body[name] for name in ("fare", "name", "port", "insured")}
        assert given == {"fare": 7.25, "name": "Ann", "port": "Kiel", "insured": False}

        page.locator("#recent button").last.click()
        expect(page.get_by_label("Port")).to_have_value("")
        expect(page.get_by_label("Siblings")).to_have_value("0")


def test_an_error_in_a_table_stands_at_its_field(
    visit: Visit, table_url: str, passengers: Service
) -> None:
    with visit(table_url) as page:
        fill_passenger(page)
        page.get_by_label("Deck").select_option("")
        assert submit(page)["error"]["field"] == "cabin.deck"
        expect(page.get_by_label("Deck")).to_be_focused()
        page.get_by_label("Deck").select_option("A")
        page.get_by_label("Fare").press_sequentially("1e")
        page.get_by_role("button", name="Predict").click()
        expect(page.get_by_label("Fare")).to_have_accessible_description("This is not a number.")
        assert len(passengers.bodies) == 1


def test_of_several_models_one_is_chosen(visit: Visit, news: Service) -> None:
    news.names = ("news", "news/old & odd")
    with running(news) as url, visit(url) as page:
        assert ask(page, TEXT)["model"] == "news"
        page.get_by_label("Model").select_option("news/old & odd")
        assert ask(page, TEXT)["model"] == "news/old & odd"
        page.locator("#recent button").last.click()
        expect(page.get_by_label("Model")).to_have_value("news")
        assert [path for path, _ in news.bodies] == ["/predict/news", "/predict/news/old & odd"]


def test_hostile_names_stay_text(visit: Visit, passengers: Service) -> None:
    answer = {
        "label": HOSTILE,
        "label_id": 0,
        "confidence": 1.0,
        "top_predictions": [{"label": HOSTILE, "label_id": 0, "confidence": 1.0}],
        "probabilities": {HOSTILE: 1.0, "__proto__": 0.0},
        "explanation": {
            "label": HOSTILE,
            "members": [
                {
                    "weight": weight,
                    "score": 1.5,
                    "intercept": 0.5,
                    "contributions": [{"term": HOSTILE, "contribution": 1.0}],
                }
                for weight in (0.25, 0.75)
            ],
        },
    }
    passengers.answer = lambda _: dict(answer)
    with running(passengers) as url, visit(url, **PHONE) as page:
        fill_passenger(page)
        submit(page)
        assert page.locator("#label").inner_text() == HOSTILE
        assert page.locator(".terms bdi").all_inner_texts() == [HOSTILE, HOSTILE]
        assert page.locator(".member > h4").all_inner_texts() == [
            "Part 1 of 2, weight 0.25",
            "Part 2 of 2, weight 0.75",
        ]
        assert [label for label, _, _ in bars(page)] == [HOSTILE, "__proto__"]
        assert page.locator("img").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") == 320
