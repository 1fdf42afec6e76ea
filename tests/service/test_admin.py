"""The admin routes, with real workers behind them."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.release import Bundle
from core.serving import ServingSettings, Traffic
from service import admin, runtime
from service.admin import Admin
from service.calls import ApiError, Call, Reply
from service.models.fleet import Fleet
from service.runtime import Runtime
from tests.service.models.conftest import rival
from tests.service.models.recorder import Recorder
from tests.service.models.releases import challenger, champion, fleet, publish, record
from tests.serving import Fitted

__all__ = ["rival"]


def call(**body: Any) -> Call:
    now = time.perf_counter()
    content = json.dumps(body).encode()
    return Call("PUT", "/admin/traffic", [], "id", "me", content, None, now, now + 10)


def answer(
    worker: Fleet, state: Runtime, ask: Callable[[Admin], Coroutine[Any, Any, Reply]]
) -> Any:
    """What one request is answered while the worker follows."""

    async def main() -> Reply:
        following = asyncio.create_task(worker.run())
        try:
            return await ask(Admin(worker, state))
        finally:
            following.cancel()

    return json.loads(asyncio.run(main()).body)


def refusal(
    worker: Fleet, state: Runtime, ask: Callable[[Admin], Coroutine[Any, Any, Reply]]
) -> ApiError:
    with pytest.raises(ApiError) as error:
        answer(worker, state, ask)
    return error.value


def test_traffic_is_set_and_told(bentoml_home: Path, fitted: Fitted, rival: Fitted) -> None:
    challenger(publish(rival, "2"))
    worker, state = fleet(publish(fitted, "1"))
    report = answer(
        worker, state, lambda routes: routes.set_traffic(call(mode="split", percent=30))
    )
    slot = {"champion": "1", "challenger": "2", "mode": "split", "percent": 30.0, "refused": None}
    slot["scorer_sha256"] = worker.slot("news").champion.release.scorer_sha256
    assert report["traffic"] == {"news": {"mode": "split", "percent": 30.0}}
    assert [worker["models"]["news"] for worker in report["workers"]] == [slot]
    assert worker.slot("news").traffic == Traffic(mode="split", percent=30)
    report = answer(worker, state, lambda routes: routes.set_traffic(call(mode="champion")))
    assert report["traffic"] == {"news": {"mode": "champion", "percent": 30.0}}
    assert answer(worker, state, lambda routes: routes.traffic(call())) == report


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"mode": "shadow"}, 409, "no_challenger", "mode"),
        ({"mode": "split", "percent": 5}, 409, "no_challenger", "mode"),
        ({"mode": "champion", "model": "other"}, 404, "unknown_model", None),
        ({"mode": "all"}, 422, "invalid_request", "mode"),
        ({"mode": "champion", "percent": 101}, 422, "invalid_request", "percent"),
        ({"mode": "champion", "percent": True}, 422, "invalid_request", "percent"),
        ({"mode": "champion", "share": 1}, 422, "invalid_request", "share"),
        ({}, 422, "invalid_request", "mode"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    bentoml_home: Path,
    fitted: Fitted,
    body: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    worker, state = fleet(publish(fitted, "1"))
    error = refusal(worker, state, lambda routes: routes.set_traffic(call(**body)))
    assert (error.status, error.code, error.field) == (status, code, field)
    assert state.state().generation == 0


def test_a_reload_tells_the_versions_or_why_not(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    worker, state = fleet(publish(fitted, "1"), ServingSettings(reload_seconds=None))
    champion(publish(rival, "2"))
    report = answer(worker, state, lambda routes: routes.reload(call()))
    assert [worker["models"]["news"]["champion"] for worker in report["workers"]] == ["2"]
    champion(record("3"))
    error = refusal(worker, state, lambda routes: routes.reload(call()))
    assert (error.status, error.code) == (409, "release_refused")
    assert "champion 3 is refused" in error.message
    assert "version 2 goes on" in error.message


def test_a_worker_that_does_not_follow_is_named(
    bentoml_home: Path, fitted: Fitted, rival: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "TRAFFIC_SECONDS", 0.3)
    worker, state = fleet(publish(fitted, "1"))
    with state.join(4_000_000):
        error = refusal(worker, state, lambda routes: routes.set_traffic(call(mode="champion")))
    assert (error.status, error.code) == (504, "not_confirmed")
    assert "worker 4000000 has not followed" in error.message


WORKER = """
import asyncio, os, sys, time
from core.release import Bundle
from service.models.fleet import Fleet
from service.runtime import Runtime, current_folder
from tests.service.models.recorder import Recorder

bundle = Bundle.model_validate_json(sys.argv[1])
worker = Fleet(bundle, bundle.serving, Runtime(current_folder()), Recorder())

async def main():
    following = asyncio.create_task(worker.run())
    number = 0
    while not following.done():
        number += 1
        accepted = time.monotonic()
        model, role, _ = worker.slot(None).choose(f"r{number}")
        print(accepted, role, model.version, flush=True)
        await asyncio.sleep(0.002)

asyncio.run(main())
"""


@contextmanager
def workers(bundle: Bundle, folder: Path, count: int) -> Iterator[list[Path]]:
    """Worker processes, and the files of their answers."""
    files = [folder / f"answers-{number}" for number in range(count)]
    command = [sys.executable, "-c", WORKER, bundle.model_dump_json()]
    processes = []
    for file in files:
        with file.open("wb") as output:
            processes.append(subprocess.Popen(command, stdout=output))
    try:
        yield files
    finally:
        for process in processes:
            process.kill()
            process.wait()


def answers(files: list[Path], since: float = 0.0) -> list[list[tuple[str, str]]]:
    """Role and version of each worker's answers to what it accepted since a time."""
    rows = [[line.split() for line in file.read_text().splitlines()[:-1]] for file in files]
    return [[(row[1], row[2]) for row in some if float(row[0]) > since] for some in rows]


@pytest.mark.integration
def test_all_workers_follow_and_the_kill_switch_holds(
    bentoml_home: Path, tmp_path: Path, fitted: Fitted, rival: Fitted, monkeypatch: Any
) -> None:
    monkeypatch.setenv(runtime.VARIABLE, "")
    release = publish(fitted, "1")
    champion(release)
    challenger(publish(rival, "2"))
    settings = ServingSettings(reload_seconds=None, traffic=Traffic(mode="split", percent=100))
    bundle = Bundle(releases=(release,), serving=settings)
    state = Runtime(runtime.create(bundle))
    mine = Fleet(bundle, settings, state, Recorder())

    async def scenario(files: list[Path]) -> None:
        routes = Admin(mine, state)
        async with asyncio.timeout(60):
            while not all(len(rows) > 20 for rows in answers(files)):
                await asyncio.sleep(0.05)
        assert all(set(rows) == {("challenger", "2")} for rows in answers(files))
        reply = await routes.set_traffic(call(mode="champion"))
        switched = time.monotonic()
        assert len(json.loads(reply.body)["workers"]) == 3
        champion(publish(rival, "3"))
        reply = await routes.reload(call())
        reloaded = time.monotonic()
        versions = [w["models"]["news"]["champion"] for w in json.loads(reply.body)["workers"]]
        assert versions == ["3"] * 3
        await asyncio.sleep(0.2)
        for rows in answers(files, since=switched):
            assert {role for role, _ in rows} == {"champion"}
        for rows in answers(files, since=reloaded):
            assert set(rows) == {("champion", "3")}

    async def main(files: list[Path]) -> None:
        following = asyncio.create_task(mine.run())
        await scenario(files)
        following.cancel()

    with workers(bundle, tmp_path, 2) as files:
        asyncio.run(main(files))
    assert [report.pid for report in state.workers()] == [os.getpid()]
