"""What a person does with the page, and what they see."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

TEXT = "striker scores a late goal, says minister"
PHONE = {"viewport": {"width": 320, "height": 640}}
HOSTILE = (
    "<img src=x onerror=document.title='owned'> goal </textarea> "
    "\u202eback\u202c \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd "
    "\U0001f389 \U0001f469\u200d\U0001f469\u200d\U0001f467"
)
Json = dict[str, Any]


def ask(page: Page, text: str) -> Json:
    """Type a text, press Predict; the JSON that came back."""
    page.get_by_label("Text", exact=True).fill(text)
    return submit(page)


def submit(page: Page) -> Json:
    with page.expect_response(re.compile("/predict")) as response:
        page.get_by_role("button", name="Predict").click()
    answer: Json = response.value.json()
    if response.value.ok:
        expect(page.locator("#fact-id")).to_have_text(answer["request_id"])
    return answer


def bars(page: Page) -> list[tuple[str, float, float]]:
    """Label, number and drawn share of every bar."""
    script = """rows => rows.map(row => {
        const bar = row.querySelector('.bar');
        const drawn = parseFloat(getComputedStyle(bar, '::before').width) / bar.clientWidth;
        return [row.querySelector('bdi').textContent, +row.querySelector('data').value, drawn];
    })"""
    rows: list[list[Any]] = page.locator("#bars li").evaluate_all(script)
    return [(label, number, drawn) for label, number, drawn in rows]


def terms(page: Page) -> list[tuple[str, float]]:
    script = """items => items.map(item =>
        [item.querySelector('bdi').textContent, +item.querySelector('data').value])"""
    rows: list[list[Any]] = page.locator(".terms li:not(.rest)").evaluate_all(script)
    return [(term, weight) for term, weight in rows]


def violations(page: Page) -> str:
    results = Axe().run(page)
    return str(results.generate_report()) if results.violations_count else ""


def tab_to(page: Page, place: str) -> None:
    for _ in range(20):
        if page.evaluate("document.activeElement.id") == place:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not reach {place}")
