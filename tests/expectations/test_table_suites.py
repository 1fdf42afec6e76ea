"""Each check of the suites of tables can fail, alone, and says what is wrong where."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config.data import ValidationConfig
from core.data.dataset import Dataset
from core.data.fingerprint import fingerprint
from core.data.table_checks import (
    table_batch_parameters,
    table_batch_view,
    table_parameters,
    table_view,
)
from expectations import runner
from expectations.result import SuiteResult
from expectations.runner import read_suite, run_suite

ROWS = 40
CONFIG = ValidationConfig(min_rows=ROWS, max_null_ratio=0, max_gap=0.5)
SUITES = {"tabular_classification": ("x", "y"), "regression": ()}
Change = Callable[[pd.DataFrame], pd.DataFrame]


def table(suite: str, **columns: object) -> Dataset:
    labels = SUITES[suite]
    values = {
        "size": np.arange(ROWS, dtype=float),
        "town": ["a", "b"] * (ROWS // 2),
        "label": ["x", "y"] * (ROWS // 2) if labels else np.linspace(0, 1, ROWS),
    }
    frame = pd.DataFrame(values | columns)
    kinds = ("number", "category")
    return Dataset(frame, ("size", "town"), "label", labels, False, fingerprint(frame), kinds=kinds)


def run(dataset: Dataset, stage: str = "raw", **more: Any) -> SuiteResult:
    suite = "tabular_classification" if dataset.labels else "regression"
    return run_suite(
        more.pop("view", table_view(dataset)),
        suite=more.pop("suite", suite),
        stage=stage,
        table=stage,
        parameters=table_parameters(dataset, CONFIG, stage),
    )


def broken(suite: str) -> dict[str, Dataset]:
    """A table for each check of a suite that breaks it and nothing else."""
    size = np.arange(ROWS, dtype=float)
    label = table(suite).frame["label"]
    one_label = label.where(label.index != 7)
    common = {
        "row_count": table(suite).frame.iloc[:39],
        "label_missing": table(suite, label=one_label).frame,
        "gaps": table(suite, size=np.where(size < 21, np.nan, size), town=size.astype(str)).frame,
        "constants": table(suite, town="a").frame,
        "duplicates": pd.concat([table(suite).frame, table(suite).frame.iloc[[7]]]).reset_index(),
    }
    if SUITES[suite]:
        common |= {
            "label_set": table(suite, label=label.where(label.index != 7, "z")).frame,
            "classes_present": table(suite, label="x").frame,
            "class_ratio": table(suite, label=["x"] * 34 + ["y"] * 6).frame,
        }
    else:
        common |= {
            "label_finite": table(suite, label=label.where(label.index != 7, np.inf)).frame,
            "label_varies": table(suite, label=0.5).frame,
        }
    dataset = table(suite)
    kept = ["size", "town", "label"]
    return {
        check: Dataset(
            frame[kept], dataset.inputs, "label", dataset.labels, False, "f", kinds=dataset.kinds
        )
        for check, frame in common.items()
    }


@pytest.mark.parametrize("suite", SUITES)
def test_sound_rows_pass(suite: str) -> None:
    result = run(table(suite))
    assert result.violations == ()
    assert result.checks == len(read_suite(suite)["expectations"])


@pytest.mark.parametrize("suite", SUITES)
def test_each_check_can_fail_alone(suite: str) -> None:
    checks = [item["meta"]["check"] for item in read_suite(suite)["expectations"]]
    cases = broken(suite)
    assert set(cases) == set(checks)
    for check, dataset in cases.items():
        assert [item.check for item in run(dataset).violations] == [check]


def test_columns_are_named() -> None:
    cases = broken("regression")
    (gaps,), (constants,) = (run(cases[name]).violations for name in ("gaps", "constants"))
    assert str(gaps) == (
        "raw: largest share of missing values in a column; found 0.525, at most 0.5: size"
    )
    assert str(constants) == "raw: number of columns with one value; found 1, at most 0: town"


def test_rows_are_named() -> None:
    (violation,) = run(broken("tabular_classification")["duplicates"]).violations
    assert (violation.count, violation.rows) == (2, (7, 40))


def test_the_page_shows_what_was_observed() -> None:
    assert "0.525" in run(broken("regression")["gaps"]).html


def test_a_batch_has_no_label() -> None:
    like = table("regression")
    batch = pd.concat([like.frame, like.frame.iloc[[3]]], ignore_index=True).drop(columns="label")
    result = run_suite(
        table_batch_view(batch, like),
        suite="regression",
        stage="batch",
        table="batch",
        parameters=table_batch_parameters(CONFIG),
        tolerated=frozenset({"duplicates"}),
    )
    assert (result.passed, result.checks) == (True, 2)
    assert [note.rows for note in result.notes] == [(3, 40)]


def test_a_suite_of_ones_own_names_real_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta = {"stages": ["raw"], "show_values": True}
    suite = {
        "name": "mine",
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "size", "min_value": 0, "max_value": 38},
                "meta": meta | {"check": "size", "title": "size is out of range"},
            },
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "town", "value_set": ["a", "b"]},
                "meta": meta | {"check": "town", "title": "unknown town"},
            },
        ],
    }
    (tmp_path / "mine.json").write_text(json.dumps(suite))
    monkeypatch.setattr(runner, "SUITES", tmp_path)
    (violation,) = run(table("regression"), suite="mine").violations
    assert violation.check == "size"
    assert violation.rows == (39,)
