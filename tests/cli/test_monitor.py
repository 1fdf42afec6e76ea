import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from zenml.client import Client

from core.data.headlines import generate_headlines
from core.serving import LogSettings
from service.telemetry import Telemetry
from tests.gatehouse import Completed, Trained, job, run_cli, snapshot
from tests.telemetry import answer

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More rows of the population that the shared model was trained on."""
    path = tmp_path_factory.mktemp("batches") / "second.csv"
    frame = generate_headlines(1100, seed=7).to_pandas().iloc[600:]
    frame[["text"]].to_csv(path, index=False)
    return path


@pytest.fixture
def lowered(second: Path, tmp_path: Path) -> Path:
    path = tmp_path / "lowered.jsonl"
    frame = pd.read_csv(second)
    frame["text"] = frame["text"].str.lower()
    frame.to_json(path, orient="records", lines=True)
    return path


def monitor(trained: Trained, batch: Path, *more: object) -> Completed:
    return run_cli("monitor", "--config", trained.config, "--batch", batch, *more)


def test_a_second_sample_raises_nothing(trained: Trained, second: Path) -> None:
    before = snapshot()
    completed = monitor(trained, second, "--fail-on", "low", "--json")
    assert completed.code == 0
    found: Any = completed.json
    assert (found["severity"], found["violations"], found["model"]) == ("none", [], "shared")
    assert (found["drift"]["reference_rows"], found["drift"]["batch_rows"]) == (400, 500)
    assert len(found["drift"]["columns"]) == 6
    assert snapshot() == before


def test_the_reports_are_pages_of_the_run(trained: Trained, second: Path) -> None:
    steps = Client().get_pipeline_run(monitor(trained, second, "--json").json["run_id"]).steps
    drift = steps["measure_drift"].outputs["drift_report"][0].load()
    checks = steps["check_batch"].outputs["batch_validation"][0].load()
    assert "<html" in drift.lower()
    assert "<html" in checks.lower()
    assert "uppercase_ratio" in drift


@pytest.mark.parametrize(("bound", "code"), [("medium", 6), ("high", 6), (None, 0)])
def test_lower_cased_text_is_drift(
    trained: Trained, lowered: Path, bound: str | None, code: int
) -> None:
    completed = monitor(trained, lowered, "--json", *(["--fail-on", bound] if bound else []))
    assert completed.code == code
    worst = {c["column"]: c["severity"] for c in completed.json["drift"]["columns"]}
    assert worst["uppercase_ratio"] == "high"
    assert worst["characters"] == "none"


def test_a_failed_check_is_high(trained: Trained, second: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(second)
    frame.loc[:60, "text"] = None
    frame.to_csv(tmp_path / "holes.csv")
    completed = monitor(trained, tmp_path / "holes.csv", "--fail-on", "high", "--json")
    assert completed.code == 6
    assert completed.json["severity"] == "high"
    assert any("text is missing" in item for item in completed.json["violations"])


def test_for_people(trained: Trained, lowered: Path) -> None:
    shown = monitor(trained, lowered, "--fail-on", "medium")
    assert shown.code == 6
    assert "uppercase_ratio" in shown.out
    assert "severity high" in shown.out
    with pytest.raises(json.JSONDecodeError):
        json.loads(shown.out)


def test_a_batch_that_is_not_there(trained: Trained, tmp_path: Path) -> None:
    completed = monitor(trained, tmp_path / "absent.csv")
    assert completed.code == 2
    assert "absent.csv" in completed.error


def test_before_any_release(trained: Trained, second: Path, tmp_path: Path) -> None:
    completed = run_cli("monitor", "--config", job(tmp_path, "untrained"), "--batch", second)
    assert completed.code == 1
    assert "no model 'untrained' is in production" in completed.error
    assert "train it first" in completed.error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,body\n1,two\n", "no column 'text'"),
        (b"", "is empty"),
        (b"text\n", "has no rows"),
        (b"text\nna\xefve\n", "not UTF-8"),
    ],
)
def test_a_batch_that_cannot_be_read(
    trained: Trained, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "batch.csv").write_bytes(content)
    completed = monitor(trained, tmp_path / "batch.csv")
    assert completed.code == 1
    assert message in completed.error


def test_the_text_column_of_a_batch_may_have_another_name(
    trained: Trained, second: Path, tmp_path: Path
) -> None:
    renamed = tmp_path / "renamed.csv"
    pd.read_csv(second).rename(columns={"text": "body"}).to_csv(renamed, index=False)
    completed = monitor(trained, renamed, "--set", "data.text=body", "--json")
    assert completed.code == 0, completed.err
    assert completed.json["severity"] == "none"


def logged(folder: Path, texts: list[str], model: str, record: str = "full") -> Path:
    """What a service that answered these texts has logged."""
    settings = LogSettings.model_validate({"record": record})
    telemetry = Telemetry(settings, folder / "log", folder / "metrics")
    for number, text in enumerate(texts):
        telemetry.answer(answer(number, text=text, model=model))
    telemetry.stop()
    return folder / "log"


def test_a_prediction_log_is_a_batch(trained: Trained, second: Path, tmp_path: Path) -> None:
    texts = list(pd.read_csv(second)["text"])
    batch = logged(tmp_path, texts, "shared")
    completed = monitor(trained, batch, "--fail-on", "low", "--json")
    assert completed.code == 0, completed.err
    assert completed.json["drift"]["batch_rows"] == 500
    assert completed.json["severity"] == "none"
    lowered = logged(tmp_path, [text.lower() for text in texts] * 3, "shared")
    assert monitor(trained, lowered, "--fail-on", "medium", "--json").code == 6


@pytest.mark.parametrize(
    ("model", "record", "message"),
    [
        ("shared", "hashed", "serving.log.record: full"),
        ("another", "full", "no predictions of 'shared', but of 'another'"),
        ("shared", "nothing", "has no prediction log"),
    ],
)
def test_a_log_without_the_models_texts(
    trained: Trained, tmp_path: Path, model: str, record: str, message: str
) -> None:
    (tmp_path / "log").mkdir()
    completed = monitor(trained, logged(tmp_path, ["one text"], model, record))
    assert completed.code == 1
    assert message in completed.error
