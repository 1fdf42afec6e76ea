"""The page at / in a real browser: it asks, shows, explains, and works for everyone."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.actions import HOSTILE, PHONE, TEXT, ask, bars, submit, tab_to, terms, violations
from tests.browser.conftest import Visit
from tests.browser.servers import Service, running

pytestmark = pytest.mark.served


def test_what_is_shown_is_what_was_answered(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        answer = ask(page, TEXT)
        assert page.locator("#label").inner_text() == answer["label"] == "Sports"
        assert (
            float(page.locator("#confidence").get_attribute("value") or 0) == (answer["confidence"])
        )
        shown = bars(page)
        expected = sorted(answer["probabilities"].items(), key=lambda item: -item[1])
        assert [(label, number) for label, number, _ in shown] == expected
        assert [drawn for _, _, drawn in shown] == pytest.approx(
            [share for _, share in expected], abs=0.01
        )
        facts = page.locator("#facts dd").all_inner_texts()
        assert facts == [
            answer["model"],
            answer["model_version"],
            f"{answer['latency_ms']:g} ms",
            answer["request_id"],
        ]


def test_the_words_that_counted_are_shown_with_their_weights(
    visit: Visit, service_url: str
) -> None:
    with visit(service_url) as page:
        answer = ask(page, TEXT)
        (member,) = answer["explanation"]["members"]
        weights = [(item["term"], item["contribution"]) for item in member["contributions"]]
        assert {weight > 0 for _, weight in weights} == {True, False}
        assert sorted(terms(page)) == sorted(weights)
        for side, sign in (("for", "+"), ("against", "\u2212")):
            numbers = page.locator(f".{side} data").all_inner_texts()
            assert numbers
            assert all(number.startswith(sign) for number in numbers)
        assert page.locator("#why-label").inner_text() == answer["label"]

        page.get_by_text("Options").click()
        page.get_by_label("Explain").uncheck()
        assert ask(page, TEXT)["explanation"] is None
        expect(page.locator("#why")).to_be_hidden()


def test_a_long_text_pasted_keeps_its_weaker_terms_as_one_sum(
    visit: Visit, service_url: str, news: Service
) -> None:
    words = "minister treaty border election embassy striker goal league coach playoff stadium "
    words += "shares profit merger bank quarterly inflation ceasefire "
    text = (words * 500)[:50_000]
    with visit(service_url, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.evaluate("text => navigator.clipboard.writeText(text)", text)
        page.get_by_label("Text", exact=True).focus()
        page.keyboard.press("Control+V")
        answer = submit(page)
        assert news.bodies[-1][1]["text"] == text
        (member,) = answer["explanation"]["members"]
        rest = page.locator(".terms .rest").all_inner_texts()
        hidden = sum(int(note.split()[0]) for note in rest)
        assert hidden > 0
        assert len(terms(page)) + hidden == len(member["contributions"])


def test_the_keyboard_alone_is_enough(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the request")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        text = page.get_by_label("Text", exact=True)
        expect(text).to_be_focused()
        page.keyboard.type("goal for the league")
        page.keyboard.press("Control+Enter")
        status = page.get_by_role("status").filter(has_text="Sports")
        expect(status).to_have_text(re.compile(r"^Sports, \d+\.\d%$"))
        expect(text).to_be_focused()
        tab_to(page, "truth")
        page.keyboard.press("ArrowDown")
        truth = page.locator("#truth").input_value()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#thanks")).to_have_text(
            f"Thank you. Noted: the right class is {truth}."
        )
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Answer")).to_be_focused()


def test_an_error_stands_at_its_field(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        text = page.get_by_label("Text", exact=True)
        error = ask(page, "")["error"]
        assert error["field"] == "text"
        expect(text).to_be_focused()
        expect(text).to_have_attribute("aria-invalid", "true")
        expect(text).to_have_accessible_description(re.compile(re.escape(error["message"])))
        expect(page.locator("#empty")).to_be_visible()

        ask(page, TEXT)
        expect(text).to_have_attribute("aria-invalid", "false")
        expect(page.get_by_text(error["message"])).to_have_count(0)

        page.get_by_text("Options").click()
        page.get_by_label("Classes to name").fill("0")
        page.get_by_text("Options").click()
        error = submit(page)["error"]
        expect(page.get_by_text(error["message"])).to_be_visible()
        expect(page.get_by_label("Classes to name")).to_be_focused()


def test_an_error_without_a_field_stands_below_the_form(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        body = {"error": {"code": "x", "message": "Too busy.", "field": None, "request_id": "r1"}}
        page.route("**/predict", lambda route: route.fulfill(status=429, body=json.dumps(body)))
        ask(page, TEXT)
        alert = page.locator("#failure")
        expect(alert).to_have_text("Too busy. (request r1)")
        page.unroute("**/predict")
        page.route("**/predict", lambda route: route.fulfill(status=502, body="<h1>proxy</h1>"))
        page.get_by_role("button", name="Predict").click()
        expect(alert).to_have_text("The service answered with status 502.")


def test_a_service_that_is_gone_is_told(visit: Visit, news: Service) -> None:
    with running(news) as url, visit(url) as page:
        page.route("**/predict", lambda route: route.abort())
        page.get_by_label("Text", exact=True).fill(TEXT)
        page.get_by_role("button", name="Predict").click()
        expect(page.locator("#failure")).to_contain_text("The service does not answer.")


def test_a_key_is_asked_for_and_forgotten(visit: Visit, service_url: str, news: Service) -> None:
    with visit(service_url) as page:
        expect(page.get_by_label("API key")).to_be_hidden()
        news.key = "open-sesame"
        page.get_by_label("Text", exact=True).fill(TEXT)
        page.keyboard.press("Control+Enter")
        field = page.get_by_label("API key")
        expect(field).to_be_focused()
        expect(page.locator("#key-error")).to_have_text("send a valid API key")
        field.fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#key-error")).to_have_text("send a valid API key")
        field.fill("open-sesame")
        page.keyboard.press("Enter")
        expect(page.locator("#label")).to_have_text("Sports")
        expect(field).to_be_hidden()
        expect(page.get_by_label("Text", exact=True)).to_be_focused()
        assert len(news.bodies) == 1
        ask(page, TEXT)  # the key is still known
        stored = page.evaluate("localStorage.length + sessionStorage.length")
        assert (stored, page.context.cookies()) == (0, [])


def test_a_closed_service_asks_for_the_key_first(
    visit: Visit, service_url: str, news: Service
) -> None:
    with visit(service_url) as page:
        news.key = "open-sesame"
        page.reload()
        page.get_by_label("API key").fill("open-sesame")
        page.get_by_role("button", name="Use key").click()
        assert ask(page, TEXT)["label"] == "Sports"


def test_recent_requests_come_back_without_asking(
    visit: Visit, service_url: str, news: Service
) -> None:
    with visit(service_url) as page:
        expect(page.get_by_role("heading", name="Recent requests")).to_be_hidden()
        answers = [ask(page, f"goal {number} for the bank") for number in range(22)]
        buttons = page.locator("#recent button")
        expect(buttons).to_have_count(20)
        expect(buttons.first).to_contain_text("goal 21")
        buttons.last.click()
        expect(page.locator("#fact-id")).to_have_text(answers[2]["request_id"])
        expect(page.get_by_label("Text", exact=True)).to_have_value("goal 2 for the bank")
        expect(page.get_by_role("heading", name="Answer")).to_be_focused()
        assert len(news.bodies) == 22
        page.reload()
        expect(page.get_by_role("heading", name="Recent requests")).to_be_hidden()


def test_feedback_names_the_right_class(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        answer = ask(page, TEXT)
        expect(page.get_by_label("Right class")).to_have_value(answer["label"])
        with page.expect_request("**/feedback") as request:
            page.get_by_role("button", name="Send feedback").click()
        assert request.value.post_data_json == {
            "request_id": answer["request_id"],
            "label": answer["label"],
            "model": answer["model"],
        }
        thanks = page.locator("#thanks")
        expect(thanks).to_have_text("Thank you. Noted: the answer was right.")
        page.get_by_label("Right class").select_option("World")
        page.get_by_role("button", name="Send feedback").click()
        expect(thanks).to_have_text("Thank you. Noted: the right class is World.")
        ask(page, "shares")
        expect(thanks).to_have_text("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_assistive_technology(
    visit: Visit, service_url: str, table_url: str, news: Service, scheme: str
) -> None:
    with visit(service_url, color_scheme=scheme, reduced_motion="reduce") as page:
        assert violations(page) == ""
        ask(page, TEXT)
        page.get_by_text("Options").click()
        page.get_by_role("button", name="Send feedback").click()
        expect(page.locator("#thanks")).not_to_be_empty()
        assert violations(page) == ""
        ask(page, "")
        news.key = "k"
        page.get_by_role("button", name="Predict").click()
        expect(page.get_by_label("API key")).to_be_visible()
        assert violations(page) == ""
    with visit(table_url, color_scheme=scheme, **PHONE) as page:
        page.get_by_text("Options").click()
        assert violations(page) == ""


def test_a_phone_needs_no_sideways_scrolling(
    visit: Visit, service_url: str, table_url: str
) -> None:
    with visit(service_url, **PHONE) as page:
        ask(page, f"{TEXT} {'long' * 200} {HOSTILE}")
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        expect(page.locator("#verdict")).to_be_in_viewport()
    with visit(table_url, **PHONE) as page:
        page.get_by_text("Options").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_nothing_moves_while_the_page_loads(visit: Visit, service_url: str) -> None:
    script = """() => new Promise(resolve => new PerformanceObserver(list =>
        resolve(list.getEntries().map(entry => entry.value))
    ).observe({type: 'layout-shift', buffered: true}) ?? setTimeout(() => resolve([]), 300))"""
    with visit(service_url) as page:
        assert page.evaluate(script) == []


def test_hostile_text_stays_text(visit: Visit, service_url: str) -> None:
    with visit(service_url) as page:
        ask(page, HOSTILE)
        expect(page.locator("#recent .text")).to_have_text(HOSTILE)
        page.locator("#recent button").click()
        expect(page.get_by_label("Text", exact=True)).to_have_value(HOSTILE)
        assert page.locator("img").count() == 1
        assert page.title() == "news · Gatehouse"
