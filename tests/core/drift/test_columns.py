"""The columns of a table that drift is measured on."""

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import Dataset
from core.drift.columns import drift_columns
from core.drift.psi import bin_levels, bin_samples
from core.drift.report import DriftReport, measure_drift

LIMITS = {"threshold": 0.2, "false_alarm_rate": 0.001}


def table(rows: int, seed: int, **columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    values = {
        "size": rng.normal(size=rows),
        "town": rng.choice(["a", "b", "c"], rows),
        "sold": [f"2026-01-{day:02d}T00:00:00" for day in rng.integers(1, 31, rows)],
        "note": ["few words here"] * rows,
    }
    return pd.DataFrame(values | columns)


LIKE = Dataset(
    table(2000, 0),
    ("size", "town", "sold", "note"),
    "label",
    (),
    True,
    "f",
    kinds=("number", "category", "date", "text"),
)


def report(batch: pd.DataFrame) -> DriftReport:
    return measure_drift(drift_columns(LIKE.frame, LIKE), drift_columns(batch, LIKE), **LIMITS)


def severities(found: DriftReport) -> dict[str, str]:
    return {c.column: c.severity for c in found.columns if c.severity != "none"}


def test_each_kind_has_its_columns() -> None:
    frame = table(3, 0, size=[1.0, np.nan, 3.0], town=["a", None, "b"])
    frame["sold"] = ["1970-01-02T00:00:00", None, "1970-01-01T12:00:00+00:00"]
    columns = drift_columns(frame, LIKE)
    assert columns["town"].tolist() == ["a", "missing", "b"]
    np.testing.assert_array_equal(columns["size"], [1, np.nan, 3])
    np.testing.assert_array_equal(columns["sold"], [1, np.nan, 0.5])
    assert columns["note: words"].tolist() == [3, 3, 3]
    assert "note" not in columns


def test_the_same_population_does_not_drift() -> None:
    found = report(table(500, 1))
    assert found.severity == "none"
    assert DriftReport.model_validate_json(found.model_dump_json()) == found


def test_gaps_are_drift_that_says_so() -> None:
    batch = table(500, 1)
    batch.loc[:200, ["size", "town"]] = None
    found = report(batch)
    assert severities(found) == {"size": "high", "town": "high"}
    assert found.columns[0].moved == "missing: 0.0% to 40.2%"
    assert found.columns[1].moved == "rare or new: 0.0% to 40.2%"


def test_a_column_without_any_value() -> None:
    found = report(table(500, 1, size=np.nan))
    assert found.columns[0].batch_mean is None
    assert severities(found) == {"size": "high"}
    assert DriftReport.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("town", "moved"),
    [(["a"] * 500, "b: "), (["x", "y"] * 250, "rare or new: 0.0% to 100.0%")],
)
def test_other_levels_are_drift(town: list[str], moved: str) -> None:
    found = report(table(500, 1, town=town))
    assert severities(found) == {"town": "high"}
    assert found.columns[1].moved.startswith(moved) or found.columns[1].moved.startswith("c: ")
    assert found.columns[1].reference_mean is None


def test_rare_levels_share_a_bin() -> None:
    reference = ["a"] * 500 + ["b"] * 480 + [f"r{n}" for n in range(20)]
    samples = bin_levels(reference, ["a", "r1", "new"])
    assert samples.names == ("a", "b", "rare or new")
    assert samples.counts.tolist() == [[500, 480, 20], [1, 0, 2]]


@pytest.mark.parametrize(("reference", "batch"), [([], ["a"]), (["a"], [])])
def test_levels_need_rows(reference: list[str], batch: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        bin_levels(reference, batch)


def test_levels_raise_no_more_alarms_than_they_say() -> None:
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 100)
    levels = [str(level) for level in range(1, 100)]
    drawn = [
        bin_levels(*(list(rng.choice(levels, n, p=shares / shares.sum())) for n in (2000, 500)))
        for _ in range(200)
    ]
    assert 0.01 < np.mean([s.psi() > s.critical_value(0.05) for s in drawn]) < 0.1


def test_missing_numbers_have_a_bin() -> None:
    reference = np.array([np.nan] * 10 + list(range(90)), dtype=float)
    samples = bin_samples(reference, np.array([np.nan, 5.0]), 10)
    assert samples.names[-1] == "missing"
    assert samples.counts[:, -1].tolist() == [10, 1]
    nothing = bin_samples(np.array([np.nan]), np.array([1.0]), 10)
    assert nothing.names == ("any number", "missing")
    assert nothing.psi() > 0
