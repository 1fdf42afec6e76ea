import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from core.data.prediction_log import read_predictions
from core.prediction_log import segments
from core.serving import LogSettings, ServingSettings
from service import telemetry as module
from service.calls import Call, Headers, Reply
from service.front import Front
from service.routes import Level, Route, RouteTable
from service.telemetry import Telemetry
from tests.service.test_folding import counted
from tests.service.test_metrics import values
from tests.telemetry import answer, feedback, served


class Open:
    """Lets everybody in, as gate and as limiter."""

    def check(self, *caller: Level | Headers | str) -> str:
        return "anyone"


def telemetry(folder: Path, **settings: Any) -> Telemetry:
    made = Telemetry(LogSettings(**settings), folder / "log", folder / "metrics")
    made.serving("news", [served()])
    return made


def total(telemetry: Telemetry, name: str) -> float:
    return sum(value for (series, _), value in values(telemetry).items() if series == name)


def test_every_event_is_in_metrics_and_log_after_a_stop(tmp_path: Path) -> None:
    watched = telemetry(tmp_path, record="full", flush_seconds=60)
    watched.start()
    for number in range(1000):
        watched.request("/predict", "POST", 200, 0.001)
        watched.answer(answer(number))
    watched.feedback(feedback(3))
    watched.reload("news", "swapped")
    watched.stop()
    frame = read_predictions(tmp_path / "log")
    assert list(frame["request_id"]) == [f"request-{number}" for number in range(1000)]
    assert list(frame["label"][:3]) == ["World", "Sports", "Business"]
    assert list(frame["true_label"].dropna()) == ["World"]
    later = telemetry(tmp_path)
    assert total(later, "gatehouse_requests_total") == 1000
    assert total(later, "gatehouse_predictions_total") == 1000
    assert total(later, "gatehouse_feedback_total") == 1
    assert total(later, "gatehouse_reloads_total") == 1
    assert total(later, "gatehouse_log_rows_total") == 1001
    assert total(later, "gatehouse_log_pending") == 0


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    watched = telemetry(tmp_path, flush_seconds=0.01)
    watched.start()

    def answering(part: int) -> None:
        for number in range(500):
            watched.answer(answer(number, request_id=f"{part}-{number}"))
            if number % 100 == 0:
                watched.render()

    threads = [threading.Thread(target=answering, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watched.stop()
    assert read_predictions(tmp_path / "log")["request_id"].nunique() == 2000
    assert total(telemetry(tmp_path), "gatehouse_predictions_total") == 2000


def test_nothing_is_recorded_when_nothing_shall_be(tmp_path: Path) -> None:
    watched = telemetry(tmp_path, record="nothing")
    watched.answer(answer())
    watched.feedback(feedback())
    watched.flush()
    watched.stop()
    assert not (tmp_path / "log").exists()
    assert total(telemetry(tmp_path), "gatehouse_predictions_total") == 1


def test_what_is_served(tmp_path: Path) -> None:
    watched = telemetry(tmp_path)
    watched.serving("news", [served("2"), served("3", "challenger")])
    watched.serving("mail", [served("1", name="mail")])
    names = ("model", "version", "role", "data_fingerprint")
    assert counted("gatehouse_model_info", values(watched), *names) == {
        ("news", "2", "champion", "d0"): 1,
        ("news", "3", "challenger", "d0"): 1,
        ("mail", "1", "champion", "d0"): 1,
    }


def test_an_answer_given_before_a_swap_keeps_its_versions_labels(tmp_path: Path) -> None:
    watched = telemetry(tmp_path)
    watched.answer(answer(version="1", label_id=1))
    watched.serving("news", [served("2")._replace(labels=("A", "B", "C"))])
    watched.answer(answer(version="2", label_id=1))
    watched.answer(answer(version="0", label_id=1))
    assert counted("gatehouse_predictions_total", values(watched), "version", "label") == {
        ("1", "Sports"): 1,
        ("2", "B"): 1,
        ("0", "1"): 1,
    }


def test_above_the_limit_the_oldest_events_are_dropped_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EVENTS", 100)
    watched = telemetry(tmp_path)
    for number in range(130):
        watched.answer(answer(number))
    watched.stop()
    assert read_predictions(tmp_path / "log")["request_id"][0] == "request-30"
    assert total(telemetry(tmp_path), "gatehouse_events_dropped_total") == 30


def test_long_texts_are_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 2**20)
    watched = telemetry(tmp_path)
    for number in range(30):
        watched.answer(answer(number, text="x" * 100_000))
    watched.stop()
    assert read_predictions(tmp_path / "log")["request_id"][0] == "request-20"
    assert total(telemetry(tmp_path), "gatehouse_events_dropped_total") == 20


def test_much_text_is_written_before_its_time(tmp_path: Path) -> None:
    watched = telemetry(tmp_path, flush_seconds=3600)
    for number in range(40):
        watched.answer(answer(number, text="x" * 2**20))
    watched.stop()
    assert len(read_predictions(tmp_path / "log")) == 40
    assert total(telemetry(tmp_path), "gatehouse_log_dropped_total") == 0


def test_an_unexpected_error_ends_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "FOLD_SECONDS", 0.001)
    watched = telemetry(tmp_path, record="nothing")
    watched.start()
    watched.answer(answer(label_id=99))
    while not caplog.records:
        threading.Event().wait(0.001)
    watched.answer(answer())
    watched.stop()
    later = telemetry(tmp_path)
    assert counted("gatehouse_confidence_count", values(later), "version") == {("1",): 1}
    assert total(later, "gatehouse_telemetry_errors_total") == 1
    assert "IndexError" in caplog.text


def test_a_log_that_cannot_be_written_is_counted_and_requests_never_know(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log").touch()
    watched = telemetry(tmp_path)
    for number in range(3):
        watched.answer(answer(number))
        watched.flush()
    assert total(watched, "gatehouse_log_errors_total") == 3
    assert total(watched, "gatehouse_log_pending") == 3
    (tmp_path / "log").unlink()
    watched.flush()
    assert total(watched, "gatehouse_log_pending") == 0
    assert total(watched, "gatehouse_log_rows_total") == 3
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    watched.stop()
    assert len(segments(tmp_path / "log")) == 1


def test_metrics_survive_their_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = telemetry(tmp_path)
    (tmp_path / "metrics").rename(tmp_path / "away")
    for _ in range(2):
        watched.request("/predict", "POST", 200, 0.001)
        watched.flush()
    assert total(watched, "gatehouse_requests_total") == 2
    assert len(caplog.messages) == 1
    (tmp_path / "away").rename(tmp_path / "metrics")
    watched.stop()
    assert total(telemetry(tmp_path), "gatehouse_requests_total") == 2


def test_scanning_a_thousand_paths_adds_one_series(tmp_path: Path) -> None:
    watched = telemetry(tmp_path, record="nothing")

    async def livez(call: Call) -> Reply:
        return Reply(200, b"{}")

    table = RouteTable([Route("GET", "/livez", livez)])
    front = Front(table, ServingSettings(), Open(), Open(), watched)

    async def scan() -> None:
        for number in range(1000):
            await ask(front, "GET", f"/{number}")
            await ask(front, f"M{number}", "/livez")
        await ask(front, "GET", "/livez")

    asyncio.run(scan())
    names = ("route", "method", "status")
    found = counted("gatehouse_requests_total", values(watched), *names)
    assert found["/livez", "GET", "200"] == 1
    assert sum(found.values()) == 2001
    assert len(found) <= 3


async def ask(front: Front, method: str, path: str) -> None:
    scope = {"type": "http", "method": method, "path": path, "headers": [], "client": None}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        assert message["type"].startswith("http.response")

    await front(scope, receive, send)
