"""What a worker tells of all of them, and how often it looks."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from core.release import Bundle
from core.serving import ServingSettings
from service import runtime
from service.calls import Call
from service.models.fleet import Fleet
from service.runtime import Runtime, WorkerReport
from service.state import REPORT_SECONDS, State
from tests.service.models.recorder import Recorder
from tests.service.models.releases import publish
from tests.serving import Fitted


class Counted(Runtime):
    """Counts how often the reports are read."""

    readings = 0

    def workers(self) -> list[WorkerReport]:
        self.readings += 1
        return super().workers()


@pytest.fixture
def counted(bentoml_home: Path, fitted: Fitted) -> tuple[State, Fleet, Counted]:
    bundle = Bundle(releases=(publish(fitted, "1"),), serving=ServingSettings())
    counted = Counted(runtime.create(bundle))
    fleet = Fleet(bundle, ServingSettings(), counted, Recorder())
    return State(fleet, counted), fleet, counted


def call() -> Call:
    now = time.perf_counter()
    return Call("GET", "/health", [], "id", "me", b"", None, now, now + 10)


def test_many_who_ask_cost_one_reading(counted: tuple[State, Fleet, Counted]) -> None:
    state, fleet, files = counted

    async def ask() -> None:
        replies = await asyncio.gather(*(state.health(call()) for _ in range(20)))
        assert files.readings == 1
        (worker,) = json.loads(replies[-1].body)["workers"]
        scorer = fleet.slot("news").champion.release.scorer_sha256
        assert worker == {"news": {"version": "1", "scorer_sha256": scorer}}
        await asyncio.sleep(REPORT_SECONDS)
        await state.health(call())
        assert files.readings == 2

    asyncio.run(ask())


def test_a_client_that_goes_away_ends_no_reading(counted: tuple[State, Fleet, Counted]) -> None:
    state, _, files = counted

    async def ask() -> None:
        first, second = (asyncio.create_task(state.health(call())) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).status == 200
        assert files.readings == 1

    asyncio.run(ask())
