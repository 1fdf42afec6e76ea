"""``history`` tells what the ledger and the monitoring runs know, for people and as JSON."""

from datetime import datetime
from pathlib import Path

import pytest

from core.data.headlines import generate_headlines
from tests.gatehouse import job, run_cli, train

pytestmark = pytest.mark.integration


def test_a_monitored_model(stack: str, tmp_path: Path) -> None:
    config = job(tmp_path, "told")
    train(config)
    frame = generate_headlines(1100, seed=7).to_pandas().iloc[600:]
    frame["text"] = frame["text"].str.upper()
    batch = tmp_path / "batch.csv"
    frame[["text"]].to_csv(batch, index=False)
    assert run_cli("monitor", "--config", config, "--batch", batch).code == 0
    # A blocked candidate, which becomes no version.
    rule = "promotion.rules=[{metric: accuracy, op: '>=', value: 1.0}]"
    train(config, "--set", rule, "--by", "bob", code=3)

    told = run_cli("history", "told", "--json").json
    assert (told["production"], told["challenger"]) == ("1", None)
    events = told["events"]
    times = [datetime.fromisoformat(event["at"]) for event in events]
    assert times == sorted(times)
    words = [event["text"].split()[0] for event in events]
    assert words == ["submitted", "promoted", "monitored:", "submitted", "blocked"]
    assert [event["entry"] for event in events] == [1, 3, None, 4, 5]
    assert {event["subject"] for event in events[:3]} == {"version 1"}
    assert events[3]["subject"].startswith("run ")

    page = run_cli("history", "told")
    assert page.code == 0
    assert "drift high" in page.out
    assert "blocked by bob: test accuracy" in page.out


def test_a_model_without_a_ledger(stack: str) -> None:
    completed = run_cli("history", "nobody_at_all")
    assert completed.code == 1
    assert "nobody_at_all has no ledger" in completed.error
