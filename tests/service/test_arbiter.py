"""The server's own process says where it answers, once it has the port."""

import logging
from collections.abc import Callable, Iterator

import pytest
from bentoml._internal.utils import circus as keeper
from bentoml.serving import create_watcher

from service.arbiter import Arbiter, install

Start = Callable[[list[str]], list[str]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a keeper of workers with such arguments; gives the URLs that it tells."""
    monkeypatch.setattr(keeper, "Arbiter", keeper.Arbiter)  # put back afterwards
    told: list[str] = []
    install(told.append)
    started: list[Arbiter] = []

    def start(arguments: list[str]) -> list[str]:
        arbiter = Arbiter(
            [create_watcher("worker", arguments)],
            endpoint="tcp://127.0.0.1:0",
            pubsub_endpoint="tcp://127.0.0.1:0",
            sockets=[keeper.create_circus_socket_from_uri("tcp://127.0.0.1:0", name="http")],
        )
        started.append(arbiter)
        arbiter.initialize()
        return told

    yield start
    for arbiter in started:
        arbiter.sockets.close_all()
        arbiter.context.destroy(0)


def test_where_it_listens(start: Start) -> None:
    (url,) = start(["-c", "pass"])
    assert url.startswith("http://127.0.0.1:")
    assert not url.endswith(":0")


def test_with_tls_nobody_is_told(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert start(["--ssl-certfile", "server.pem"]) == []
    assert "name it there: --service URL" in caplog.text
