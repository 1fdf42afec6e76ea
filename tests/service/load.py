"""Requests to a running server from several threads, each answer kept and compared."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from tests.service.servers import ADMIN, TEXTS, Server

PAUSE = 0.002  # The machine also needs time for the server.


class Asked(NamedTuple):
    """One request.

    Attributes:
        request_id: The client's.
        text: Its place in ``TEXTS``.
        port: The client's own; 0 if it got no connection.
        sent: ``time.monotonic()`` before.
        ended: The same after.
        status: None if the connection failed.
        answer: The JSON body, if there was one.
    """

    request_id: str
    text: int
    port: int
    sent: float
    ended: float
    status: int | None
    answer: Any

    @property
    def version(self) -> str | None:
        """The one that says it answered."""
        return self.answer["model_version"] if self.status == 200 else None


class Load:
    """Connections that ask one request after the other, until told to end."""

    def __init__(self, server: Server, connections: int) -> None:
        self.asked: list[Asked] = []
        self._port = server.port
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(connections)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, requests: int, seconds: float = 30) -> None:
        """Until so many more have ended."""
        enough, limit = len(self.asked) + requests, time.monotonic() + seconds
        while len(self.asked) < enough:
            assert time.monotonic() < limit, f"only {len(self.asked)} of {enough} requests ended"
            time.sleep(0.005)

    @property
    def failed(self) -> list[Asked]:
        """Those that were not answered with 200."""
        return [asked for asked in self.asked if asked.status != 200]

    @property
    def answered(self) -> set[str]:
        """Ids of those that were."""
        return {asked.request_id for asked in self.asked if asked.status == 200}

    def _run(self, number: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=20)
        for turn in count():
            if self._end.is_set():
                connection.close()
                return
            text = (number * 31 + turn) % len(TEXTS)
            asked = ask(connection, f"load-{number}-{turn}", text)
            self.asked.append(asked)
            if asked.status is None:
                connection.close()
            time.sleep(PAUSE)


def ask(connection: HTTPConnection, request_id: str, text: int) -> Asked:
    """One text of ``TEXTS``; a failed connection is a result too."""
    headers = ADMIN | {"Content-Type": "application/json", "X-Request-ID": request_id}
    sent, port, status, answer = time.monotonic(), 0, None, None
    try:
        if connection.sock is None:
            connection.connect()
        port = connection.sock.getsockname()[1]
        body = json.dumps({"text": TEXTS[text], "top_k": 9})
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        status = response.status
    except (OSError, HTTPException):
        connection.close()
    return Asked(request_id, text, port, sent, time.monotonic(), status, answer)


def wrong(asked: Iterable[Asked], expected: Mapping[str, np.ndarray]) -> list[Asked]:
    """Answers that are not those of the estimator whose version they name, or of another request.

    Args:
        asked: Requests.
        expected: Probabilities of ``TEXTS`` by version, shape (texts, classes).
    """
    return [one for one in asked if one.status == 200 and not _is_right(one, expected)]


def _is_right(one: Asked, expected: Mapping[str, np.ndarray]) -> bool:
    row = expected[one.answer["model_version"]][one.text]
    given = list(one.answer["probabilities"].values())
    return bool(
        one.answer["request_id"] == one.request_id
        and np.allclose(given, row, rtol=0, atol=1e-9)
        and one.answer["label_id"] == row.argmax()
    )


@contextmanager
def connections(server: Server, number: int) -> Iterator[list[HTTPConnection]]:
    """Open ones, kept alive."""
    opened = [HTTPConnection("127.0.0.1", server.port, timeout=20) for _ in range(number)]
    try:
        for connection in opened:
            connection.connect()
        yield opened
    finally:
        for connection in opened:
            connection.close()
