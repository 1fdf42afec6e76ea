import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.data.prediction_log import read_predictions
from core.errors import ConfigError
from core.prediction_log import segments
from core.serving import LogSettings
from service import prediction_log as module
from service.prediction_log import PredictionLog
from tests.telemetry import LABELS, answer, feedback, program

KILLED = """
import sys
from pathlib import Path
from core.serving import LogSettings
from service.telemetry import Telemetry
from tests.telemetry import answer, served

folder = Path(sys.argv[1])
telemetry = Telemetry(LogSettings(flush_seconds=3600), folder / "log", folder / "metrics")
telemetry.serving("news", [served()])
telemetry.start()
number = 0
while True:
    telemetry.answer(answer(number))
    number += 1
    if number % 500 == 0:
        telemetry.flush()
        print(number, flush=True)
"""


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_LOG_KEY", raising=False)
    monkeypatch.delenv("GATEHOUSE_LOG_KEY_FILE", raising=False)


def label(model: str, version: str | None, label_id: int) -> str:
    return LABELS[label_id]


def log(folder: Path, **settings: Any) -> PredictionLog:
    return PredictionLog(folder, LogSettings(**settings), label)


def read(folder: Path) -> pd.DataFrame:
    return read_predictions(folder)


def test_every_column_of_an_answer(tmp_path: Path) -> None:
    written = log(tmp_path, record="full")
    shadowed = {"shadow_version": "2", "shadow_label_id": 2, "shadow_confidence": 0.75}
    quantities = {"value": True, "shadow_value": True, "true_value": True}
    written.add([answer(1, **shadowed), answer(3)])
    written.close()
    first, second = read(tmp_path).to_dict("records")
    assert (
        first
        | {"time": str(first["time"]), "probabilities": list(first["probabilities"])}
        | {"text_hash": len(first["text_hash"])}
        | {"true_label": pd.isna(first["true_label"]), "true_label_id": None}
        | {name: pd.isna(first[name]) for name in quantities}
    ) == {
        "time": "2023-11-14 22:13:21.250000+00:00",
        "request_id": "request-1",
        "model": "news",
        "version": "1",
        "role": "champion",
        "text": "shares and treaties 1",
        "text_hash": 32,
        "characters": 21,
        "label_id": 1,
        "label": "Sports",
        "confidence": 0.3,
        "probabilities": [0.5, 0.3, 0.2],
        "latency_ms": 0.5,
        "true_label_id": None,
        "true_label": True,
        **shadowed,
        **quantities,
    }
    assert pd.isna(second["shadow_version"])


def test_every_column_of_a_quantity(tmp_path: Path) -> None:
    """A label and all that belongs to it is missing."""
    written = log(tmp_path, record="full")
    quantity = {"label_id": None, "probabilities": [], "value": -2.5, "text": '{"age":30.0}'}
    written.add([answer(1, **quantity, shadow_version="2", shadow_value=1e9)])
    written.add([feedback(1, label_id=None, predicted_label_id=None, value=3.5)])
    written.close()
    (found,) = read(tmp_path).to_dict("records")
    assert (found["value"], found["shadow_value"], found["shadow_version"]) == (-2.5, 1e9, "2")
    assert found["true_value"] == 3.5
    assert (found["text"], list(found["probabilities"])) == ('{"age":30.0}', [])
    missing = ("label_id", "label", "confidence", "true_label_id", "true_label", "shadow_label_id")
    assert all(pd.isna(found[name]) for name in missing)


def test_hashed_never_holds_the_text(tmp_path: Path) -> None:
    written = log(tmp_path, record="hashed")
    written.add([answer(number, text="a most secret text") for number in range(3)])
    written.add([answer(4, text="another")])
    written.close()
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    frame = read(tmp_path)
    assert frame["text"].isna().all()
    assert list(frame["characters"]) == [18, 18, 18, 7]
    assert frame["text_hash"].nunique() == 2


def test_the_key_is_the_environments_or_the_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashes(folder: str) -> set[str]:
        written = log(tmp_path / folder)
        written.add([answer()])
        written.close()
        return set(read(tmp_path / folder)["text_hash"])

    own = hashes("a")
    assert hashes("a") == own
    assert hashes("b") != own
    monkeypatch.setenv("GATEHOUSE_LOG_KEY", "shared by two servers")
    given = hashes("c")
    assert not (tmp_path / "c/.key").exists()
    assert hashes("d") == given
    (tmp_path / "secret").write_text("shared by two servers\n")
    monkeypatch.delenv("GATEHOUSE_LOG_KEY")
    monkeypatch.setenv("GATEHOUSE_LOG_KEY_FILE", str(tmp_path / "secret"))
    assert hashes("e") == given


def test_a_key_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_LOG_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(ConfigError, match=r"GATEHOUSE_LOG_KEY_FILE.*absent"):
        log(tmp_path)


def test_the_sample_is_of_request_ids(tmp_path: Path) -> None:
    parts = []
    for folder in ("a", "b"):
        written = log(tmp_path / folder, sample=0.25)
        written.add([answer(number) for number in range(2000)])
        written.add([feedback(number) for number in range(2000)])
        written.close()
        parts.append(read(tmp_path / folder))
    assert 400 < len(parts[0]) < 600
    assert list(parts[0]["request_id"]) == list(parts[1]["request_id"])
    assert parts[0]["true_label"].notna().all()
    nothing = log(tmp_path / "c", sample=0.0)
    nothing.add([answer()])
    assert nothing.pending == 0


def test_rows_wait_for_a_disk_that_takes_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "log"
    folder.touch()
    written = log(folder)
    for number in range(3):
        written.add([answer(number)])
        written.write()
    assert (written.pending, written.written, written.dropped, written.errors) == (3, 0, 0, 3)
    folder.unlink()
    written.write()
    assert (written.pending, written.written, written.dropped, written.errors) == (0, 3, 0, 3)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    written.close()
    assert list(read(folder)["request_id"]) == ["request-0", "request-1", "request-2"]


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 20_000)
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    monkeypatch.setattr(module, "MOST_ROWS", 500)
    monkeypatch.setenv("GATEHOUSE_LOG_KEY", "key")
    folder = tmp_path / "log"
    folder.touch()
    written = log(folder, record="full")
    written.add([answer(number, text="x" * 500) for number in range(100)])
    written.write()
    assert 0 < written.pending < 40
    assert written.pending + written.dropped == 100
    kept = written.pending
    folder.unlink()
    written.close()
    assert list(read(folder)["request_id"]) == [f"request-{n}" for n in range(100 - kept, 100)]

    written.add([feedback(number) for number in range(507)])
    assert (written.pending, written.dropped) == (500, 100 - kept + 7)


def test_texts_that_wait_for_a_key_are_bounded(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.touch()
    written = log(folder)
    for number in range(40):
        written.add([answer(number, text="x" * 2**20)])
        written.write()
    assert (written.pending, written.dropped) == (15, 25)
    folder.unlink()
    written.close()
    assert list(read(folder)["request_id"]) == [f"request-{number}" for number in range(25, 40)]


def test_rows_that_cannot_be_encoded_are_counted(tmp_path: Path) -> None:
    written = log(tmp_path)
    written.add([answer(0, time="soon")])
    with pytest.raises(TypeError):
        written.write()
    written.add([answer(1)])
    written.close()
    assert (written.pending, written.written, written.dropped) == (0, 1, 1)


def test_long_texts_stay_within_the_folders_bound(tmp_path: Path) -> None:
    written = log(tmp_path, record="full", max_megabytes=1)
    for part in range(4):
        written.add([answer(25 * part + n, text="é" * 100_000) for n in range(25)])
        written.write()
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2**20
    written.close()
    ids = list(read(tmp_path)["request_id"])
    assert len(ids) >= 4
    assert ids == [f"request-{number}" for number in range(100 - len(ids), 100)]


def test_a_close_that_fails_says_what_is_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").touch()
    written = log(tmp_path / "log")
    written.add([answer(), answer(1)])
    written.close()
    assert caplog.messages[-1] == "2 rows of the prediction log are lost"
    assert (written.pending, written.dropped) == (0, 2)


@pytest.mark.integration
def test_a_killed_worker_loses_no_row_that_was_flushed(tmp_path: Path) -> None:
    process = program(KILLED, tmp_path)
    assert process.stdout is not None
    flushed = 0
    while flushed < 4000:
        flushed = int(process.stdout.readline())
    process.kill()
    rest, _ = process.communicate()
    flushed = int([str(flushed), *rest.split()][-1])
    ids = list(read(tmp_path / "log")["request_id"])
    assert ids == [f"request-{number}" for number in range(len(ids))]
    # What came after the last flush was never waited for; the next flush may have been under way.
    assert flushed <= len(ids) <= flushed + 500
    assert len(segments(tmp_path / "log")) == 1
