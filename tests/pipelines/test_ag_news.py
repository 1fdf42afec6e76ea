"""The whole way on real data: accuracy, gate, and drift that is there or not."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from zenml.client import Client

from tests.conftest import ROOT
from tests.gatehouse import Trained, run_cli

pytestmark = [pytest.mark.integration, pytest.mark.data]

CONFIG = ROOT / "configs" / "ag_news.yaml"


@pytest.fixture(scope="module")
def source(data_dir: Path) -> list[str]:
    path = data_dir / "ag_news" / "ag_news_10k.parquet"
    return ["--set", "data.source.kind=file", "--set", f"data.source.path={path}"]


@pytest.fixture(scope="module")
def ag_news(stack: str, source: list[str]) -> Trained:
    completed = run_cli("train", "--config", CONFIG, "--json", *source)
    assert completed.code == 0, completed.err
    return Trained(CONFIG, completed)


@pytest.fixture(scope="module")
def held_out(ag_news: Trained) -> pd.DataFrame:
    """Rows that the model was not trained on; label 1 is Sports."""
    split = Client().get_pipeline_run(ag_news.outcome["run_id"]).steps["split_data"]
    frame: pd.DataFrame = split.outputs["test"][0].load().frame
    return frame


def test_the_models_are_as_good_as_they_should_be(ag_news: Trained) -> None:
    outcome = ag_news.outcome
    assert (outcome["status"], outcome["dataset"]["rows"]) == ("promoted", 10_000)
    assert len(outcome["candidates"]) == 3
    assert max(item["accuracy"] for item in outcome["candidates"].values()) >= 0.885
    assert outcome["metrics"]["validation"]["accuracy"] >= 0.885
    assert outcome["metrics"]["test"]["accuracy"] >= 0.88
    assert outcome["parity"]["passed"]
    assert outcome["parity"]["rows"] >= 1000


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda frame: frame, 0),
        (lambda frame: frame[frame["label"] == 1], 6),
        (lambda frame: frame.assign(text=frame["text"].str.lower()), 6),
    ],
    ids=["a second sample", "sports only", "lower-cased"],
)
def test_drift(
    held_out: pd.DataFrame, source: list[str], tmp_path: Path, change: Any, code: int
) -> None:
    batch = tmp_path / "batch.parquet"
    change(held_out)[["text"]].to_parquet(batch)
    more = ["--batch", batch, "--fail-on", "medium", "--json"]
    completed = run_cli("monitor", "--config", CONFIG, *source, *more)
    assert completed.code == code, completed.err
    severity = completed.json["severity"]
    assert severity == "none" if code == 0 else severity in ("medium", "high")
