import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.drift.report import DriftReport, measure_drift
from core.drift.severity import at_least
from core.drift.statistics import text_statistics
from core.errors import DataError

LIMITS = {"threshold": 0.2, "false_alarm_rate": 0.001}


def _table(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"stable": rng.normal(size=rows), "moving": rng.normal(loc=shift, size=rows)}
    )


def test_more_shift_is_more_severe() -> None:
    reference = _table(4000, 0)
    reports = [
        measure_drift(reference, _table(4000, 1, shift), **LIMITS) for shift in (0, 0.37, 0.5, 2)
    ]
    assert [report.severity for report in reports] == ["none", "low", "medium", "high"]
    assert [report.columns[0].severity for report in reports] == ["none"] * 4
    assert reports[-1].columns[1].batch_mean == pytest.approx(2, abs=0.1)


def test_a_small_batch_needs_more_evidence() -> None:
    reference = _table(2000, 0)
    few = measure_drift(reference, _table(25, 1, 0.5), **LIMITS)
    many = measure_drift(reference, _table(2500, 1, 0.5), **LIMITS)
    assert few.columns[1].psi > LIMITS["threshold"], "the index alone would raise an alarm"
    assert (few.severity, many.severity) == ("none", "medium")


def test_batches_of_the_same_population_raise_nothing() -> None:
    reference, rng = _table(2000, 0), np.random.default_rng(7)
    sizes = rng.integers(50, 2001, size=60)
    reports = [
        measure_drift(reference, _table(size, 100 + i), **LIMITS) for i, size in enumerate(sizes)
    ]
    assert {report.severity for report in reports} == {"none"}


def test_order_of_severities() -> None:
    assert at_least("medium", "medium")
    assert at_least("high", "low")
    assert not at_least("low", "medium")


def test_survives_json() -> None:
    report = measure_drift(_table(200, 0), _table(50, 1), **LIMITS)
    assert (report.reference_rows, report.batch_rows) == (200, 50)
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


def test_tables_that_do_not_fit_are_refused() -> None:
    table = _table(10, 0)
    with pytest.raises(DataError, match="batch has no rows"):
        measure_drift(table, table.head(0), **LIMITS)
    with pytest.raises(DataError, match="the reference"):
        measure_drift(table, table[["stable"]], **LIMITS)


@pytest.fixture(scope="module")
def news() -> pd.DataFrame:
    if not (folder := os.environ.get("DATA_DIR")):
        pytest.skip("needs real data: set DATA_DIR")
    rows = pd.read_parquet(Path(folder, "ag_news/ag_news_10k.parquet"))
    return rows.sample(frac=1, random_state=0).reset_index(drop=True)


@pytest.mark.data
def test_on_news_only_other_texts_raise_an_alarm(news: pd.DataFrame) -> None:
    same, lower = text_statistics(news.text), text_statistics(news.text.str.lower())
    reference, rest = same.iloc[:2000], news.index[2000:]
    sports = rest[news.label[rest] == 1]
    rng = np.random.default_rng(0)
    for _ in range(200):
        rows = rng.choice(rest, rng.integers(50, 2001), replace=False)
        assert measure_drift(reference, same.loc[rows], **LIMITS).severity == "none"
    for size in (200, 300, 500, 1500):
        for batch in (same.loc[rng.choice(sports, size, False)], lower.loc[rest[:size]]):
            assert at_least(measure_drift(reference, batch, **LIMITS).severity, "medium")
