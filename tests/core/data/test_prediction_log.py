from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from core.data.prediction_log import log_state, read_logged_texts, read_predictions
from core.errors import DataError
from core.prediction_log import segments
from core.serving import LogSettings
from service.events import Answer, Feedback
from service.prediction_log import PredictionLog
from tests.telemetry import LABELS, answer, feedback


def write(folder: Path, *parts: list[Answer | Feedback], record: str = "full") -> Path:
    """A log with one record batch per part, each kind in one file."""
    settings = LogSettings.model_validate({"record": record})
    log = PredictionLog(folder, settings, lambda model, version, label_id: LABELS[label_id])
    for part in parts:
        log.add(part)
        log.write()
    log.close()
    return folder


def test_feedback_is_joined_by_model_and_request_and_the_last_one_counts(tmp_path: Path) -> None:
    told = [
        feedback(1, label_id=2, time=9.0),
        feedback(1, label_id=1, time=5.0),
        feedback(2, model="mail"),
        feedback(77),
    ]
    write(tmp_path, [answer(1), answer(2), answer(3)], [*told])
    frame = read_predictions(tmp_path)
    assert list(frame["request_id"]) == ["request-1", "request-2", "request-3"]
    assert frame["true_label"].tolist()[0] == "Business"
    assert frame["true_label_id"].dtype == "Int64"
    assert frame["true_label_id"].isna().tolist() == [False, True, True]


def test_without_any_feedback(tmp_path: Path) -> None:
    frame = read_predictions(write(tmp_path, [answer(1)]))
    assert pd.isna(frame["true_label"][0])
    assert str(frame["time"].dtype) == "datetime64[us, UTC]"


def test_a_torn_end_loses_its_batch_and_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "log", [answer(1), answer(2)], [answer(3)])
    (path,) = segments(tmp_path / "log")
    content = path.read_bytes()
    counts = []
    for size in [*range(0, len(content), 97), len(content)]:
        path.write_bytes(content[:size])
        counts.append(len(read_predictions(tmp_path / "log")))
    assert counts == sorted(counts)
    assert set(counts) == {0, 2, 3}
    assert "left out" in caplog.messages[0]


def test_damage_in_the_middle_is_no_crash(tmp_path: Path) -> None:
    write(tmp_path / "log", [answer(1), answer(2)], [answer(3)])
    (path,) = segments(tmp_path / "log")
    content = bytearray(path.read_bytes())
    for place in range(900, len(content), 131):
        damaged = bytearray(content)
        damaged[place : place + 8] = b"\xff" * 8
        path.write_bytes(damaged)
        assert len(read_predictions(tmp_path / "log")) <= 3


def test_a_file_that_is_deleted_meanwhile(tmp_path: Path) -> None:
    write(tmp_path / "log", [answer(1)])
    (path,) = segments(tmp_path / "log")
    path.rename(tmp_path / "kept")
    path.symlink_to(tmp_path / "gone")
    assert len(read_predictions(tmp_path / "log")) == 0


def test_the_texts_of_one_model(tmp_path: Path) -> None:
    write(tmp_path, [answer(1), answer(2, model="mail"), answer(3)], [feedback(1)])
    texts = read_logged_texts(tmp_path, "news").to_pylist()
    assert texts == ["shares and treaties 1", "shares and treaties 3"]


def test_texts_of_a_log_that_was_hashed_at_first(tmp_path: Path) -> None:
    write(tmp_path, [answer(1)], record="hashed")
    with pytest.raises(DataError, match=r"1 predictions but no texts.*record: full"):
        read_logged_texts(tmp_path, "news")
    write(tmp_path, [answer(2)])
    assert read_logged_texts(tmp_path, "news").to_pylist() == ["shares and treaties 2"]


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "today.csv").write_text("text\na\n")
    with pytest.raises(DataError, match="no prediction log"):
        read_predictions(tmp_path)


def test_a_log_of_other_models(tmp_path: Path) -> None:
    write(tmp_path, [answer(1)])
    with pytest.raises(DataError, match="no predictions of 'mail', but of 'news'"):
        read_logged_texts(tmp_path, "mail")


def test_a_file_of_another_version(tmp_path: Path) -> None:
    write(tmp_path, [answer(1)], [feedback(1)])
    predictions, told = segments(tmp_path, "predictions")[0], segments(tmp_path, "feedback")[0]
    predictions.write_bytes(told.read_bytes())
    with pytest.raises(DataError, match="another version"):
        read_predictions(tmp_path)


def test_a_log_from_before_tables(tmp_path: Path) -> None:
    write(tmp_path, [answer(1)], [feedback(1, label_id=1)])
    for kind, later in (
        ("predictions", ["shadow_value", "value"]),
        ("feedback", ["value", "predicted_value"]),
    ):
        (path,) = segments(tmp_path, kind)
        rows = pa.ipc.open_stream(path.read_bytes()).read_all().drop_columns(later)
        with pa.ipc.new_stream(path, rows.schema) as file:
            file.write_table(rows)
    write(tmp_path, [answer(2)])
    frame = read_predictions(tmp_path)
    assert frame["text"].tolist() == ["shares and treaties 1", "shares and treaties 2"]
    assert frame["value"].isna().all()
    assert frame["true_label"].tolist()[0] == "Sports"


def test_the_state_changes_with_the_rows(tmp_path: Path) -> None:
    write(tmp_path, [answer(1)])
    before = log_state(tmp_path)
    assert log_state(tmp_path) == before
    write(tmp_path, [answer(2)])
    assert log_state(tmp_path) != before
