"""A worker's models while its loop runs: swaps under load, traffic, troubles."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from core.release import Bundle
from core.serving import ServingSettings, Traffic
from service import runtime
from service.calls import ApiError
from service.models.fleet import Fleet
from service.runtime import Runtime, ServerState
from tests.service.models.recorder import Recorder
from tests.service.models.releases import challenger, champion, fleet, publish
from tests.serving import Fitted


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


def while_following(worker: Fleet, scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        following = asyncio.create_task(worker.run())
        await scenario()
        assert not following.done()
        following.cancel()

    asyncio.run(main())


def test_answers_are_right_while_versions_change(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    releases = [publish(fitted, "1"), publish(rival, "2")]
    worker, _ = fleet(releases[0])
    slot = worker.slot("news")
    expected = {
        "1": fitted.estimator.predict_proba(fitted.texts),
        "2": rival.estimator.predict_proba(fitted.texts),
    }
    wrong, versions = [], []

    async def ask(stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % len(fitted.texts)
            choice = slot.choose(f"r{number}")
            model, row = choice.model, slot.predict(choice, fitted.texts[number])
            if abs(expected[model.version][number] - row).max() > 1e-9:
                wrong.append((model.version, number))
            if versions[-1:] != [model.version]:
                versions.append(model.version)
            await asyncio.sleep(0)

    async def scenario() -> None:
        stop = asyncio.Event()
        asking = asyncio.create_task(ask(stop))
        for number in range(1, 5):
            release = releases[number % 2]
            champion(release)
            await until(lambda release=release: slot.champion.release == release)
            await asyncio.sleep(0.01)
        stop.set()
        await asking

    while_following(worker, scenario)
    assert wrong == []
    assert versions == ["1", "2", "1", "2", "1"]


def test_nobody_joins_with_what_was_released_before(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    """Whoever saw all workers follow a release just before one more joined was not misled."""
    releases = [publish(fitted, "1"), publish(rival, "2")]
    bundle = Bundle(releases=(releases[0],), serving=ServingSettings(reload_seconds=None))

    class Late(Runtime):
        def join(self, pid: int) -> BinaryIO:
            champion(releases[1])
            return super().join(pid)

    state = Late(runtime.create(bundle))
    worker = Fleet(bundle, bundle.serving, state, Recorder())
    assert worker.slot("news").champion.version == "2"
    (report,) = state.workers()
    assert report.models["news"].champion == "2"


def test_a_request_in_progress_ends_with_the_model_it_began_with(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    worker, _ = fleet(publish(fitted, "1"))
    slot = worker.slot(None)
    before = slot.choose("a").model

    async def scenario() -> None:
        champion(publish(rival, "2"))
        await until(lambda: slot.champion.version == "2")
        assert before.predict_batch(fitted.texts) == pytest.approx(
            fitted.estimator.predict_proba(fitted.texts), abs=1e-9
        )

    while_following(worker, scenario)


def test_traffic_is_followed_and_confirmed(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    challenger(publish(rival, "2"))
    worker, state = fleet(publish(fitted, "1"))
    slot = worker.slot("news")

    async def scenario() -> None:
        generation = state.set_traffic("news", Traffic(mode="split", percent=100))
        await until(lambda: state.workers()[0].generation == generation)
        assert slot.choose("a").role == "challenger"
        report = state.workers()[0].models["news"]
        assert (report.champion, report.challenger, report.mode) == ("1", "2", "split")
        slot.withdraw(slot.choose("a").model, "it fails")
        await until(lambda: state.workers()[0].models["news"].challenger is None)
        assert "it fails" in (state.workers()[0].models["news"].refused or "")

    while_following(worker, scenario)


def test_the_settings_say_who_answers_first(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    challenger(publish(rival, "2"))
    settings = ServingSettings(traffic=Traffic(mode="split", percent=100))
    worker, _ = fleet(publish(fitted, "1"), settings)
    assert worker.slot("news").choose("a").role == "challenger"


def test_channels_are_left_alone_until_asked(
    bentoml_home: Path, fitted: Fitted, rival: Fitted
) -> None:
    worker, state = fleet(publish(fitted, "1"), ServingSettings(reload_seconds=None))
    slot = worker.slot("news")

    async def scenario() -> None:
        champion(publish(rival, "2"))
        await asyncio.sleep(0.3)
        assert slot.champion.version == "1"
        number = state.ask_reload()
        await until(lambda: state.workers()[0].reloads == number)
        assert slot.champion.version == "2"

    while_following(worker, scenario)


def test_a_lost_runtime_folder_stops_nothing(
    bentoml_home: Path, fitted: Fitted, caplog: pytest.LogCaptureFixture
) -> None:
    worker, state = fleet(publish(fitted, "1"))
    state.set_traffic("news", Traffic(mode="shadow"))
    path = Path(os.environ[runtime.VARIABLE]) / runtime.STATE_FILE

    async def scenario() -> None:
        await until(lambda: worker.slot("news").traffic.mode == "shadow")
        path.rename(path.with_suffix(".gone"))
        await until(lambda: "can't be followed" in caplog.text)
        assert worker.slot("news").traffic.mode == "shadow"
        path.with_suffix(".gone").rename(path)
        state.set_traffic("news", Traffic())
        await until(lambda: worker.slot("news").traffic.mode == "champion")

    while_following(worker, scenario)


def test_models_are_found_by_name(bentoml_home: Path, fitted: Fitted, rival: Fitted) -> None:
    bundle = Bundle(releases=(publish(fitted, "1"), publish(rival, "1", name="other")))
    state = Runtime(runtime.create(bundle))
    worker = Fleet(bundle, bundle.serving, state, Recorder())
    assert list(worker.slots) == ["news", "other"]
    assert worker.slot(None) is worker.slot("news")
    with pytest.raises(ApiError) as error:
        worker.slot("nothing")
    assert (error.value.status, error.value.code) == (404, "unknown_model")


def test_following_goes_on_after_an_unexpected_error(
    bentoml_home: Path,
    fitted: Fitted,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker, state = fleet(publish(fitted, "1"))
    original, errors = worker._obey, [RuntimeError("unexpected")]

    def obey(asked: ServerState) -> None:
        if errors:
            raise errors.pop()
        original(asked)

    monkeypatch.setattr(worker, "_obey", obey)
    generation = state.set_traffic("news", Traffic(mode="champion", percent=33))

    async def main() -> None:
        following = asyncio.create_task(worker.run())
        async with asyncio.timeout(20):
            while state.workers()[0].generation < generation:
                await asyncio.sleep(0.01)
        following.cancel()

    asyncio.run(main())
    assert "can't be followed" in caplog.text
    assert "RuntimeError: unexpected" in caplog.text
    assert worker.slot("news").traffic.percent == 33
