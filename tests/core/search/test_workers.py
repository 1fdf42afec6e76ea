import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from core.config.data import PreprocessingConfig
from core.config.search import SearchConfig
from core.data.dataset import Dataset
from core.errors import ConfigError, GatehouseError
from core.search import workers as module
from core.search.folds import Scoring
from core.search.workers import connected
from tests.core.search.conftest import SPACE, TASK, run, searched

pytestmark = pytest.mark.integration

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
    ) as made:
        yield made


def connect(address: str) -> None:
    with connected(address) as client:
        assert client


def first_scores(found: Any) -> Any:
    return found.history[0].folds


def test_a_dask_cluster_scores_the_same(train: Dataset, cluster: Any) -> None:
    plain = run(searched(trials=4), train)
    there = run(searched(trials=4, dask=cluster.scheduler_address, jobs=-1), train)
    assert there.trials == 4
    assert not there.is_repeatable
    assert first_scores(there) == first_scores(plain)
    assert there.score >= there.own_score
    # With one at a time there is nothing but the machine that differs.
    alone = run(searched(trials=4, dask=cluster.scheduler_address), train)
    assert [t.values for t in alone.history] == [t.values for t in plain.history]
    assert [t.folds for t in alone.history] == [t.folds for t in plain.history]
    assert alone.is_repeatable


def test_processes_score_the_same(train: Dataset) -> None:
    found = run(searched(trials=4, jobs=2), train)
    assert found.trials == 4
    assert not found.is_repeatable
    assert first_scores(found) == first_scores(run(searched(trials=1), train))


def test_impossible_trials_of_processes_are_told_apart(train: Dataset, cluster: Any) -> None:
    space = {"vectorizer.min_df": {"choices": [1, 5000]}}
    found = run(searched(space, trials=6, dask=cluster.scheduler_address), train)
    assert found.count("impossible") > 0
    assert found.best == {"vectorizer.min_df": 1}


def test_a_dead_address_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(GatehouseError, match="no scheduler answers at tcp") as raised:
        connect(address)
    assert "\n" not in str(raised.value)


def test_a_scheme_that_dask_does_not_know_is_one_line() -> None:
    with pytest.raises(GatehouseError, match="no scheduler answers at nonsense://x"):
        connect("nonsense://x")


def test_a_cluster_without_workers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 1)
    with distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty:
        address = empty.scheduler_address
        with pytest.raises(GatehouseError, match="has no workers; start one"):
            connect(address)


def test_without_dask_the_config_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match="make setup EXTRAS=dask"):
        connect("tcp://localhost:1")


def test_every_core_is_used_where_asked() -> None:
    search = SearchConfig.model_validate({"space": SPACE, "jobs": -1})
    assert module.count_jobs(search, 5) == 5
    assert module.count_jobs(search.model_copy(update={"jobs": 3}), 5) == 3
    assert module.cores() >= 1


class Deadly(Scoring):
    """Dies of the candidate, as under the system's out-of-memory killer."""

    def score(self, candidate: Any, number: int) -> float:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0.0


def test_a_killed_process_is_one_line(train: Dataset) -> None:
    candidate = searched(jobs=2)
    assert candidate.search is not None
    deadly = Deadly(TASK, PreprocessingConfig(), 3, "accuracy", ())
    said = r"^search\.jobs: 2 at once.* killed.* lower it or .*, and the same command goes on"
    with (
        pytest.raises(GatehouseError, match=said) as raised,
        module.workers(candidate.search, deadly) as found,
    ):
        found.submit(candidate, 0).result()
    assert "\n" not in str(raised.value)


def test_a_killed_worker_of_a_cluster_is_one_line() -> None:
    died = distributed.KilledWorker("score-1", None, 3)
    with (
        pytest.raises(GatehouseError, match=r"search\.jobs: 4 at once"),
        module._deaths_told(distributed.KilledWorker, 4),
    ):
        raise died
