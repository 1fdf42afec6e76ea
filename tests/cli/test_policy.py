"""Production goes back by itself, or says why it does not."""

import time
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import read_ledger
from core.data.headlines import generate_headlines
from core.serving import LogSettings
from service.telemetry import Telemetry
from tests.gatehouse import Completed, job, run_cli, train
from tests.telemetry import answer, feedback

pytestmark = pytest.mark.integration

NAME = "selfback"
OTHER = ["--set", "promotion.compare.allow=any"]
OTHER += ["--set", "candidates=[{name: pairs, model: multinomial_nb, params: {alpha: 0.5}}]"]
ANSWERS = 60


@pytest.fixture(scope="module")
def config(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions were promoted, the second is in production."""
    path = job(tmp_path_factory.mktemp(NAME), NAME)
    train(path)
    train(path, *OTHER)
    return path


@pytest.fixture(scope="module")
def lowered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch that drifts."""
    path = tmp_path_factory.mktemp("batches") / "lowered.csv"
    frame = generate_headlines(1100, seed=7).to_pandas().iloc[600:]
    frame[["text"]].apply(lambda column: column.str.lower()).to_csv(path, index=False)
    return path


def monitor(config: Path, batch: Path, *policy: str) -> Completed:
    limits = [part for item in policy for part in ("--set", f"monitoring.rollback.{item}")]
    return run_cli("monitor", "--config", config, "--batch", batch, "--json", *limits)


def production() -> str | None:
    from adapters.registry import production_version

    found = production_version(NAME)
    return None if found is None else str(found.number)


def forward(to: str) -> None:
    done = run_cli("rollback", NAME, "--to", to, "--reason", "a test", "--yes", "--by", "ann")
    assert done.code == 0, done.err


def log(folder: Path, version: str, correct: int, *, began: float = 0) -> Path:
    """A log of answers with feedback, so many of them right; from the future on, to be judged."""
    telemetry = Telemetry(LogSettings(record="full"), folder / "log", folder / "metrics")
    for number in range(ANSWERS):
        is_right = number < correct
        made = answer(number, time=(began or time.time() + 1), model=NAME, version=version,
                      text=f"Minister signs the treaty {number}", label_id=0)  # fmt: skip
        telemetry.answer(made)
        telemetry.feedback(
            feedback(number, model=NAME, version=version, label_id=0 if is_right else 1,
                     predicted_label_id=0)
        )  # fmt: skip
    telemetry.stop()
    return folder / "log"


ACCURACY = ("min_accuracy=0.9", f"min_feedback={ANSWERS}")


def test_without_limits_nothing_is_judged(config: Path, lowered: Path) -> None:
    completed = monitor(config, lowered)
    assert (completed.code, completed.json["policy"]) == (0, None)
    assert completed.json["severity"] == "high"


def test_drift_leads_back_once(config: Path, lowered: Path) -> None:
    done = monitor(config, lowered, "severity=high")
    assert done.code == 6, done.err
    assert "ROLLED BACK selfback from version 2 to version 1" in done.err
    found: Any = done.json["policy"]
    assert found["broken"] == ["severity high of the batch, limit high"]
    assert (found["problem"], found["rollback"]["to"]) == (None, "1")
    assert production() == "1"
    last = read_ledger(NAME)[-1]
    assert (last.action, last.by, last.run) == ("rollback", "policy", done.json["run_id"])
    assert last.reason == found["broken"][0]
    assert found["rollback"]["entry"] == {"number": last.number, "hash": last.hash}

    again = monitor(config, lowered, "severity=high")
    assert again.code == 6
    assert "NOT ROLLED BACK: there is nothing to go back to: version 1 was the first" in again.err
    assert again.json["severity"] == "high"
    assert again.json["policy"]["rollback"] is None
    assert read_ledger(NAME)[-1] == last

    forward("2")
    third = monitor(config, lowered, "severity=high")
    assert third.code == 6
    assert "version 2 came back by a rollback; drift leads no further back" in third.err
    assert production() == "2"


@pytest.fixture
def second(config: Path) -> None:
    """Version 2 is in production."""
    if production() != "2":
        forward("2")


def test_bad_answers_lead_back(second: None, config: Path, tmp_path: Path) -> None:
    batch = log(tmp_path, "2", correct=ANSWERS // 2)
    done = monitor(config, batch, *ACCURACY)
    assert done.code == 6, done.err
    assert done.json["policy"]["feedback"]["correct"] == ANSWERS // 2
    assert "accuracy 0.5000 of 60 answers" in read_ledger(NAME)[-1].reason
    assert production() == "1"
    # What people said of version 2 says nothing of version 1.
    again = monitor(config, batch, *ACCURACY)
    assert (again.code, again.json["policy"]["broken"]) == (0, [])
    assert "accuracy is not judged: 0 answers of version 1" in again.err


@pytest.mark.parametrize(
    ("correct", "began", "note"),
    [
        (ANSWERS * 9 // 10, 0, None),
        (0, 1_700_000_000, "0 answers of version 2"),
    ],
    ids=["good enough", "before it came into production"],
)
def test_answers_that_lead_nowhere(
    second: None,
    config: Path,
    tmp_path: Path,
    correct: int,
    began: float,
    note: str | None,
) -> None:
    done = monitor(config, log(tmp_path, "2", correct, began=began), *ACCURACY)
    assert (done.code, done.json["policy"]["broken"]) == (0, []), done.err
    assert any(note in text for text in done.json["policy"]["notes"]) == (note is not None)
    assert production() == "2"


def test_with_a_file_the_feedback_is_where_the_service_logs(
    second: None, config: Path, lowered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_LOG_FOLDER", str(log(tmp_path, "2", correct=0)))
    done = monitor(config, lowered, *ACCURACY)
    assert done.code == 6, done.err
    assert (production(), done.json["policy"]["rollback"]["to"]) == ("1", "1")


def test_a_rollback_that_fails_does_not_hide_the_report(
    second: None, config: Path, tmp_path: Path
) -> None:
    from adapters.versions import require_version
    from materializers.estimator import FILENAME
    from tests.service.servers import flip_byte

    artifact = require_version(NAME, "1").found.get_artifact("model")
    assert artifact is not None
    file = Path(artifact.uri) / FILENAME
    flip_byte(file)
    try:
        done = monitor(config, log(tmp_path, "2", correct=0), *ACCURACY)
    finally:
        flip_byte(file)
    assert done.code == 1
    assert "the rollback failed: " in done.error
    assert done.json["policy"]["failed"]
    assert "severity" in done.json
    assert production() == "2"
