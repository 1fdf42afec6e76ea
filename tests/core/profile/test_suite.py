"""The suite of a file: the general checks, then those of its columns."""

from typing import Any

from core.profile.suite import draft_suite
from tests.core.profile.files import customers, reviews
from tests.core.profile.test_draft import profiled

GENERAL = {"name": "general", "expectations": [{"type": "first", "kwargs": {}, "meta": {}}]}


def of_columns(suite: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        item["meta"]["check"]: {"type": item["type"], **item["kwargs"]}
        for item in suite["expectations"][1:]
    }


def test_a_table_has_checks_of_its_columns() -> None:
    suite = draft_suite(profiled(customers()), "mine", GENERAL)
    assert suite["name"] == "mine"
    assert suite["expectations"][0] == GENERAL["expectations"][0]
    checks = of_columns(suite)
    assert checks["range of age"] == {
        "type": "expect_column_values_to_be_between",
        "column": "age",
        "min_value": -13.0,
        "max_value": 111.0,
        "mostly": 0.98,
    }
    assert checks["levels of plan"]["value_set"] == ["basic", "plus", "pro"]
    assert checks["present of plan"]["mostly"] == 0.95
    assert 0.7 < checks["present of age"]["mostly"] < 0.85
    assert not {"present of region", "range of joined"} & set(checks)


def test_levels_that_were_not_all_seen_are_no_check() -> None:
    checks = of_columns(draft_suite(profiled(customers(), whole=False), "mine", GENERAL))
    assert "levels of plan" not in checks
    assert "range of age" in checks


def test_texts_have_the_general_checks() -> None:
    suite = draft_suite(profiled(reviews()), "mine", GENERAL)
    assert suite["expectations"] == GENERAL["expectations"]


def test_of_very_many_columns_the_first_are_checked() -> None:
    names = [f"n{number}" for number in range(300)]
    rows = [(*names, "y"), *(([row * 0.37 % 1] * 300 + [row % 2]) for row in range(90))]
    suite = draft_suite(profiled(rows), "mine", GENERAL)
    assert len(suite["expectations"]) == 1 + 2 * 60
    assert "60 of 300 columns" in suite["meta"]["about"]
