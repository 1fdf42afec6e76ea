"""Each check of each suite can fail, alone, and says what is wrong where."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from core.config.data import DataConfig, EmbeddedSource, ValidationConfig
from core.data.dataset import Dataset
from core.errors import ConfigError, DataError
from core.tasks import get_task
from expectations import runner
from expectations.result import SuiteResult
from expectations.runner import read_suite, run_suite

TASK = get_task("text_classification")
SUITES = ("ag_news", "text_classification")
Change = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return TASK.load(DataConfig(source=EmbeddedSource(kind="embedded", rows=60)), seed=1)


@pytest.fixture
def view(dataset: Dataset) -> pd.DataFrame:
    return TASK.validation_view(dataset)


@pytest.fixture
def parameters(dataset: Dataset) -> dict[str, Any]:
    config = ValidationConfig(min_rows=60, max_length_violations=0, max_null_ratio=0)
    return TASK.validation_parameters(dataset, config, "raw")


def run(view: pd.DataFrame, parameters: dict[str, Any], suite: str, **more: Any) -> SuiteResult:
    options = {"stage": "raw", "table": "raw", **more}
    return run_suite(view, suite=suite, parameters=parameters, **options)


def with_row(column: str, value: object) -> Change:
    def change(view: pd.DataFrame) -> pd.DataFrame:
        changed = view.astype({column: object})
        changed.loc[7, column] = value
        return changed.astype({column: view.dtypes[column]})

    return change


BREAK: dict[str, Change] = {
    "row_count": lambda view: view.iloc[:59],
    "text_type": lambda view: view.assign(text=range(len(view))),
    "text_missing": with_row("text", None),
    "label_missing": with_row("label", None),
    "label_set": with_row("label", "Weather"),
    "classes_present": lambda view: view.assign(label=view["label"].iloc[0]),
    "class_ratio": with_row("class_ratio", 5.5),
    "text_length": with_row("characters", 2.0),
    "duplicates": lambda view: with_row("normalised_text", view["normalised_text"][3])(view),
    "mean_length": lambda view: view.assign(characters=100.0),
    "letters": with_row("text", "12 34"),
}
OF_ONE_ROW = {"text_missing", "label_missing", "label_set", "class_ratio", "text_length", "letters"}


def test_the_breaks_are_those_of_the_suites() -> None:
    checks = {item["meta"]["check"] for name in SUITES for item in read_suite(name)["expectations"]}
    assert set(BREAK) == checks


@pytest.mark.parametrize("suite", SUITES)
def test_sound_rows_pass(view: pd.DataFrame, parameters: dict[str, Any], suite: str) -> None:
    result = run(view, parameters, suite)
    assert result.passed
    assert result.violations == result.notes == ()
    assert (result.rows, result.checks) == (60, len(read_suite(suite)["expectations"]))


@pytest.mark.parametrize(
    ("suite", "check"),
    [
        (suite, item["meta"]["check"])
        for suite in SUITES
        for item in read_suite(suite)["expectations"]
    ],
)
def test_each_check_can_fail(
    view: pd.DataFrame, parameters: dict[str, Any], suite: str, check: str
) -> None:
    result = run(BREAK[check](view), parameters, suite)
    found = {item.check: item for item in result.violations}
    # A column of numbers has no letters either.
    expected = {check, "letters"} if (suite, check) == ("ag_news", "text_type") else {check}
    assert found.keys() == expected
    if check in OF_ONE_ROW:
        assert (found[check].count, found[check].rows) == (1, (7,))


def test_violations_say_what_and_where(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    broken = BREAK["row_count"](BREAK["label_set"](BREAK["duplicates"](view)))
    assert [str(item) for item in run(broken, parameters, "text_classification").violations] == [
        "raw: number of rows; found 59, at least 60",
        "raw: label is outside the known classes (1.69% of the rows); found 'Weather': 1 row (7)",
        "raw: text occurs more than once (case and spaces ignored) (3.39% of the rows): "
        "2 rows (3, 7)",
    ]


def test_only_ten_rows_are_named(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    (violation,) = run(view.assign(characters=1.0), parameters, "text_classification").violations
    assert (violation.count, len(violation.rows)) == (60, 10)
    assert str(violation).endswith("60 rows (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ...)")


def test_rows_are_numbers_of_the_source(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    view.index = view.index + 1000
    broken = view.assign(label=view["label"].where(view.index != 1040, "Weather"))
    (violation,) = run(broken, parameters, "text_classification").violations
    assert violation.rows == (1040,)


def test_a_share_may_be_allowed(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    short = view.assign(characters=view["characters"].where(view.index > 2, 1.0))
    for allowed, passes in ((0.05, True), (0.04, False)):
        bounds = parameters | {"min_length_ratio": 1 - allowed}
        assert run(short, bounds, "text_classification").passed is passes


def test_tolerated_checks_are_noted(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    broken = BREAK["letters"](BREAK["duplicates"](view))
    result = run(broken, parameters, "ag_news", tolerated=frozenset({"duplicates"}))
    assert [item.check for item in result.notes] == ["duplicates"]
    assert [item.check for item in result.violations] == ["letters"]
    assert not result.passed


def test_a_batch_is_checked_without_labels(view: pd.DataFrame) -> None:
    batch = view.drop(columns=["label", "class_ratio"])
    bounds = TASK.batch_parameters(ValidationConfig())
    result = run(batch, bounds, "text_classification", stage="batch", table="batch")
    assert result.passed
    assert result.checks == 5


def test_the_page_is_for_people(view: pd.DataFrame, parameters: dict[str, Any]) -> None:
    html = run(BREAK["label_set"](view), parameters, "text_classification").html
    assert html.lstrip().startswith("<!DOCTYPE html>")
    assert "Weather" in html


def test_an_unknown_suite() -> None:
    with pytest.raises(ConfigError, match=r"no 'agnews'.*known: ag_news, .*text_classification"):
        read_suite("agnews")


def test_what_cannot_be_evaluated_is_no_success(
    view: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    with pytest.raises(DataError, match=r"^raw: expect_column_values_to_not_be_null could not be"):
        run(view.drop(columns="label"), parameters, "text_classification")


@pytest.mark.parametrize("suite", [*SUITES, "regression", "tabular_classification"])
def test_suites_are_what_the_runner_reads(suite: str) -> None:
    text = (runner.SUITES / f"{suite}.json").read_text(encoding="utf-8")
    assert json.loads(text)["name"] == suite
    checks = [item["meta"]["check"] for item in read_suite(suite)["expectations"]]
    assert len(checks) == len(set(checks))
    for item in read_suite(suite)["expectations"]:
        assert set(item["meta"]["stages"]) <= {"raw", "split", "batch"}
        assert item["meta"]["title"]
