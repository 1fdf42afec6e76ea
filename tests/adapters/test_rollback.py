"""What happens around the asking of services, with real signals and real kills."""

import fcntl
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from adapters.channel import bentoml_home
from adapters.ledger import read_ledger
from adapters.repair import problems, repair
from adapters.rollback import RollbackOutcome, plan_rollback, roll_back
from adapters.standing import observed
from core.config.loading import load_config
from core.governance.ledger import Standing
from core.governance.state import FINISHED, OUTCOME, state_of
from core.registration import SERVICES_FOLDER
from tests.adapters import changes
from tests.adapters.changes import Source, killed
from tests.gatehouse import job, train

pytestmark = pytest.mark.integration
NAME = "asked"
OTHER = ["--set", "promotion.compare.allow=any"]
OTHER += ["--set", "candidates=[{name: pairs, model: multinomial_nb, params: {alpha: 0.5}}]"]
ONE, TWO = Standing(production="1"), Standing(production="2")
FIRST_ASKED = "before adapters.rollback:confirm"


@pytest.fixture(scope="module")
def released(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The run of the second of two versions of a model."""
    config = job(tmp_path_factory.mktemp(NAME), NAME)
    train(config)
    return Source(train(config, *OTHER)["run_id"], load_config(config))


@pytest.fixture
def name(released: Source) -> Iterator[str]:
    """Version 2 is in production, before and after."""
    yield NAME
    if state_of(read_ledger(NAME)).standing != TWO:
        roll_back(plan_rollback(NAME, "2"), by="ann", reason="a test", timeout=0)


def standing(name: str) -> Standing:
    """As the ledger and all places have it."""
    found, state = observed(name), state_of(read_ledger(name))
    assert state.open_intent is None
    assert found.zenml == found.mlflow == found.channel == state.standing
    return state.standing


def go_back(name: str, *services: str, timeout: float = 0) -> RollbackOutcome:
    return roll_back(
        plan_rollback(name), by="ann", reason="a test", services=services, timeout=timeout
    )


@contextmanager
def registration(content: bytes) -> Iterator[str]:
    """Of a server that lives."""
    path = bentoml_home() / SERVICES_FOLDER / "zz.json"
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as life:
        fcntl.flock(life, fcntl.LOCK_EX)
        life.write(content)
        life.flush()
        yield str(path)
    path.unlink()


def test_a_registration_of_a_newer_server_of_another_model(name: str) -> None:
    newer = b'{"url": "http://127.0.0.1:9", "models": ["other"], "pid": 1, "tls": true}'
    with registration(newer):
        assert go_back(name).services == ()
    assert standing(name) == ONE


def test_a_registration_that_can_not_be_read_undoes_nothing(name: str) -> None:
    with registration(b"{}") as path:
        done = go_back(name)
    assert standing(name) == ONE
    assert done.entry is not None
    assert path in done.entry.details["unconfirmed"]
    assert "can't be read" in done.unconfirmed[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_only_ends_the_asking(name: str, number: signal.Signals) -> None:
    """Nobody accepts the connection, and the first request hangs until the interrupt."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def interrupt() -> None:
            connection, _ = server.accept()
            os.kill(os.getpid(), number)
            time.sleep(0.2)
            connection.close()

        thread = threading.Thread(target=interrupt)
        thread.start()
        begin = time.monotonic()
        done = go_back(name, f"http://127.0.0.1:{server.getsockname()[1]}", timeout=60)
        thread.join()
    assert time.monotonic() - begin < 30
    assert standing(name) == ONE
    last = read_ledger(name)[-1]
    assert (last.action, last) == ("rollback", done.entry)
    (problem,) = done.unconfirmed
    assert last.details["unconfirmed"] == problem
    assert "the asking was interrupted; last: it does not answer" in problem


def test_a_kill_while_they_are_asked_is_finished_by_doctor(released: Source, name: str) -> None:
    killed(changes.go_back, released, name, FIRST_ASKED)
    (found,) = [problem for problem in problems(name) if "cut short" in problem.found]
    assert "a rollback begun" in found.found
    assert "(finishes it" in found.fix
    assert repair(name, "doc")
    assert standing(name) == ONE
    last = read_ledger(name)[-1]
    assert (last.action, last.details[OUTCOME]) == ("repair", FINISHED)
