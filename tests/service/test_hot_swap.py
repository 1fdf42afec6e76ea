"""New versions, wrong versions and challengers, while requests run on two workers."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.bento import store_model
from core.channel import model_path
from core.data.prediction_log import read_predictions
from core.release import GOLDEN_FILE, Release
from tests.service.load import Asked, Load, ask, connections, wrong
from tests.service.servers import (
    Server,
    Store,
    challenge,
    flip_byte,
    note,
    packed,
    promote,
    scorer_file,
    served,
)
from tests.serving import FACTS

pytestmark = pytest.mark.served
Record = Callable[[str, object], None]
CONNECTIONS = 6


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with packed(tmp_path_factory.mktemp("packed")) as store:
        yield store


def reload(server: Server) -> int:
    """Ask all workers to look at the channel; gives the status."""
    with server.client() as client:
        return client.post("/admin/reload").status_code


def direct(server: Server, mode: str, percent: float | None = None) -> None:
    with server.client() as client:
        answer = client.put("/admin/traffic", json={"mode": mode, "percent": percent})
    assert answer.status_code == 200, answer.text


def reloads(server: Server, outcome: str) -> float:
    return server.metric("gatehouse_reloads_total", outcome=outcome)


def check(load: Load, store: Store) -> None:
    """Nothing was dropped, nothing is wrong."""
    assert load.failed == []
    assert wrong(load.asked, store.expected()) == []


def asked_from_now_on(load: Load, requests: int) -> list[Asked]:
    """What is sent after this moment, in which so many requests end."""
    now = time.monotonic()
    load.wait_for(requests)
    return [asked for asked in load.asked if asked.sent > now]


@pytest.mark.parametrize("seconds", [0.2, None], ids=["interval", "admin"])
def test_swaps_under_load(
    store: Store, tmp_path: Path, seconds: float | None, record_property: Record
) -> None:
    took = []
    with served(store, tmp_path, reload_seconds=seconds) as server:
        with Load(server, CONNECTIONS) as load:
            for version in ("2", "1", "2", "1"):
                load.wait_for(100)
                promote(store.releases[version])
                assert seconds or reload(server) == 200
                took.append(server.wait_until(lambda v=version: server.serves(v)))
                later = asked_from_now_on(load, 100)
                assert {asked.version for asked in later} == {version}
        check(load, store)
        server.wait_until(lambda: reloads(server, "swapped") == 2 * 4)
        assert server.stop() == 0
    how = "by interval of 0.2 s" if seconds else "by POST /admin/reload"
    note(record_property, f"four swaps {how}: requests", len(load.asked))
    note(record_property, f"four swaps {how}: failed or wrong", 0)
    note(record_property, f"four swaps {how}: longest until all workers followed, s", max(took))


def test_swaps_faster_than_workers_follow(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, reload_seconds=0.05) as server:
        with Load(server, CONNECTIONS) as load:
            for version in "21" * 10 + "2":
                promote(store.releases[version])
                load.wait_for(5)
            server.wait_until(lambda: server.serves("2"))
        check(load, store)
        assert server.get("/health")["refused"] == {}


def flipped(store: Store) -> Release:
    release = store.again("2", "flipped")
    flip_byte(scorer_file(store, release))
    return release


def other_golden(store: Store) -> Release:
    release = store.again("2", "other-golden")
    flip_byte(model_path(store.home, release.model_tag) / GOLDEN_FILE)
    return release


def wrong_answers(store: Store) -> Release:
    """All bytes are as released, but the estimator had answered otherwise."""
    ours, others = store.fitted["2"], store.fitted["1"]
    return store_model(
        name="news",
        version="wrong",
        token="a",
        scorer=ours.model,
        golden=others.golden,
        facts=FACTS,
    )


def gone(store: Store) -> Release:
    release = store.again("2", "gone")
    scorer_file(store, release).unlink()
    return release


BROKEN: dict[str, Callable[[Store], Release]] = {
    "SHA-256": flipped,
    "golden": other_golden,
    "does not answer as its estimator did": wrong_answers,
    "gone": gone,
}


def test_what_is_broken_is_refused_loudly(
    store: Store, tmp_path: Path, record_property: Record
) -> None:
    with served(store, tmp_path, reload_seconds=None) as server:
        with Load(server, CONNECTIONS) as load:
            for number, (reason, broken) in enumerate(BROKEN.items(), start=1):
                release = broken(store)
                promote(release)
                with server.client() as client:
                    refusal = client.post("/admin/reload")
                assert refusal.status_code == 409
                error = refusal.json()["error"]
                assert error["code"] == "release_refused"
                assert reason in error["message"]
                assert release.version in error["message"]
                health = server.get("/health")
                assert (health["status"], health["model_version"]) == ("ok", "1")
                assert reason in health["refused"]["news"]
                assert reason in server.output
                server.wait_until(lambda n=number: reloads(server, "refused") == 2 * n)
            load.wait_for(50)
            promote(store.releases["2"])
            assert reload(server) == 200
            load.wait_for(50)
        check(load, store)
        assert {asked.version for asked in load.asked} == {"1", "2"}
        assert server.get("/health")["refused"] == {}
    note(record_property, f"{len(BROKEN)} broken releases: requests", len(load.asked))
    note(record_property, f"{len(BROKEN)} broken releases: failed or wrong", 0)


@pytest.fixture
def challenged(store: Store) -> Iterator[Store]:
    challenge(store.releases["2"])
    yield store
    challenge(None)


def test_a_shadow_is_recorded_and_never_returned(challenged: Store, tmp_path: Path) -> None:
    expected = challenged.expected()
    with served(challenged, tmp_path, reload_seconds=None) as server:
        direct(server, "shadow")
        with Load(server, CONNECTIONS) as load:
            load.wait_for(300)
        check(load, challenged)
        assert {asked.version for asked in load.asked} == {"1"}
        assert server.stop() == 0
    rows = read_predictions(server.log).set_index("request_id")
    assert set(rows.index) == load.answered
    assert set(rows["role"]) == {"champion"}
    assert set(rows["shadow_version"]) == {"2"}
    for asked in load.asked:
        row = rows.loc[asked.request_id]
        assert row["shadow_label_id"] == expected["2"][asked.text].argmax()
        assert row["shadow_confidence"] == pytest.approx(expected["2"][asked.text].max())


def test_a_split_is_sticky_on_all_workers(challenged: Store, tmp_path: Path) -> None:
    with served(challenged, tmp_path, reload_seconds=None) as server:
        direct(server, "split", 30)
        rounds = []
        for _ in range(2):
            # Many connections, so that both workers have some.
            with connections(server, 16) as opened:
                rounds.append(
                    [ask(opened[i % len(opened)], f"sticky-{i}", i % 200) for i in range(400)]
                )
        versions = [[asked.version for asked in asked_once] for asked_once in rounds]
        assert versions[0] == versions[1]
        assert 0.25 < versions[0].count("2") / 400 < 0.35
        assert wrong([*rounds[0], *rounds[1]], challenged.expected()) == []
        for version in ("1", "2"):
            server.wait_until(
                lambda v=version: (
                    server.metric("gatehouse_predictions_total", version=v)
                    == 2 * versions[0].count(v)
                )
            )


def test_the_kill_switch_holds_at_once(
    challenged: Store, tmp_path: Path, record_property: Record
) -> None:
    with served(challenged, tmp_path, reload_seconds=None) as server:
        after = 0
        with Load(server, CONNECTIONS) as load:
            for _ in range(5):
                direct(server, "split", 50)
                load.wait_for(40)
                direct(server, "champion")
                later = asked_from_now_on(load, 40)
                assert {asked.version for asked in later} == {"1"}
                after += len(later)
        check(load, challenged)
        assert {asked.version for asked in load.asked} == {"1", "2"}
    note(record_property, "kill switch, five times: requests sent afterwards", after)
    note(record_property, "kill switch, five times: answered by the challenger", 0)
