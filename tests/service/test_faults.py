"""What happens to a server happens here: killed processes, a full disk, slow clients, the end."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from core.data.prediction_log import read_predictions
from service.protocol import raise_open_files
from tests.service.load import Asked, Load, wrong
from tests.service.servers import (
    ADMIN,
    ADMIN_KEY,
    TEXTS,
    Server,
    Store,
    note,
    packed,
    promote,
    served,
)

pytestmark = pytest.mark.served
Record = Callable[[str, object], None]
CONNECTIONS = 6
# Of the default settings; a busy machine gets as much again.
FLUSH_SECONDS = 1.0
IDLE_CONNECTIONS = 1_000
BATCH = 1_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with packed(tmp_path_factory.mktemp("packed")) as store:
        yield store


def ports(worker: psutil.Process) -> set[int]:
    """The clients' ports of a worker's connections."""
    return {found.raddr.port for found in worker.net_connections("tcp") if found.raddr}


def answers(server: Server) -> float:
    """As the metrics have it."""
    return server.metric("gatehouse_requests_total", route="/predict", status="200")


def logged(server: Server) -> set[str]:
    """Ids of the requests in the log, each of them there once."""
    ids = read_predictions(server.log)["request_id"]
    assert ids.is_unique
    return set(ids)


def lost(load: Load, server: Server) -> list[Asked]:
    """What was answered and is not in the log."""
    rows = logged(server)
    return [one for one in load.asked if one.status == 200 and one.request_id not in rows]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_worker(
    store: Store, tmp_path: Path, workers: int, record_property: Record
) -> None:
    with served(store, tmp_path, workers=workers, reload_seconds=0.2) as server:
        promote(store.releases["2"])
        server.wait_until(lambda: server.serves("2", workers))
        with Load(server, CONNECTIONS) as load:
            load.wait_for(500)
            victim = max(server.workers(), key=lambda worker: len(ports(worker)))
            victims = ports(victim)
            killed = time.monotonic()
            victim.kill()
            server.wait_until(lambda: victim not in server.workers())
            # The new worker serves what was released meanwhile, not what was packed.
            server.wait_until(lambda: server.serves("2", workers))
            seconds = time.monotonic() - killed
            load.wait_for(300)
        assert 1 <= len(load.failed) <= len(victims)
        assert {(one.status, one.port in victims) for one in load.failed} == {(None, True)}
        assert wrong(load.asked, store.expected()) == []
        server.wait_until(lambda: server.metric("gatehouse_workers") == workers)
        at_risk = {
            one.request_id
            for one in load.asked
            if one.port in victims and one.ended > killed - 2 * FLUSH_SECONDS
        }
        server.wait_until(lambda: answers(server) >= len(load.answered - at_risk))
        assert answers(server) <= len(load.asked)
        assert server.stop() == 0
    rows_lost = lost(load, server)
    assert {one.request_id for one in rows_lost} <= at_risk
    for figure, value in {
        "requests": len(load.asked),
        "connections it had": len(victims),
        "failed": len(load.failed),
        "wrong": 0,
        "longest answer, s": max(one.ended - one.sent for one in load.asked),
        "until all workers served again, s": seconds,
        "rows of the log lost": len(rows_lost),
    }.items():
        note(record_property, f"kill -9 of one of {workers} workers: {figure}", value)


def test_a_killed_server(store: Store, tmp_path: Path, record_property: Record) -> None:
    with served(store, tmp_path) as server, Load(server, CONNECTIONS) as load:
        server.wait_until(lambda: server.metric("gatehouse_log_rows_total") > 0)
        load.wait_for(500)
        killed = time.monotonic()
        server.kill()
    rows_lost = lost(load, server)
    ages = [killed - one.ended for one in rows_lost]
    assert max(ages, default=0) < 2 * FLUSH_SECONDS
    answered = len(load.answered)
    with served(store, tmp_path) as server, Load(server, CONNECTIONS) as load:
        load.wait_for(100)
    assert load.failed == []
    for figure, value in {
        "answered": answered,
        "rows of the log lost": len(rows_lost),
        "age of the oldest of them, s": max(ages, default=0),
    }.items():
        note(record_property, f"kill -9 of all processes: {figure}", value)


def test_workers_end_when_their_parent_was_killed(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path) as server:
        workers = server.workers()
        with Load(server, CONNECTIONS) as load:
            load.wait_for(100)
            server.process.kill()
            server.wait_until(lambda: not any(worker.is_running() for worker in workers))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port))
    assert lost(load, server) == []


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 2 MB on a folder; without root, none."""
    if os.geteuid():
        yield
        return
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(server: Server) -> Iterator[None]:
    """No room for the log; without root, as a limit on the size of the workers' files."""
    if os.geteuid() == 0:
        filler = server.log / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                continue
        yield
        filler.unlink()
        return
    before = [(worker, worker.rlimit(psutil.RLIMIT_FSIZE)) for worker in server.workers()]
    for worker, (_, hard) in before:
        worker.rlimit(psutil.RLIMIT_FSIZE, (16_384, hard))
    yield
    for worker, limits in before:
        worker.rlimit(psutil.RLIMIT_FSIZE, limits)


def test_a_full_disk(store: Store, tmp_path: Path, record_property: Record) -> None:
    log = {"max_megabytes": 1, "flush_seconds": 0.2}
    with small_disk(tmp_path / "log"), served(store, tmp_path, log=log) as server:
        with Load(server, CONNECTIONS) as load:
            load.wait_for(100)
            with full(server):
                server.wait_until(lambda: server.metric("gatehouse_log_errors_total") >= 4)
                load.wait_for(300)
                pending = server.metric("gatehouse_log_pending")
            errors = server.metric("gatehouse_log_errors_total")
            load.wait_for(100)
        assert "can't log predictions" in server.output
        assert pending > 0
        server.wait_until(lambda: server.metric("gatehouse_log_rows_total") == len(load.asked))
        assert "predictions are logged again" in server.output
        assert load.failed == []
        assert wrong(load.asked, store.expected()) == []
        assert server.stop() == 0
        assert lost(load, server) == []
    for figure, value in {
        "requests": len(load.asked),
        "failed": 0,
        "failed writes": errors,
        "rows that waited": pending,
        "rows lost": 0,
    }.items():
        note(record_property, f"full disk for the log: {figure}", value)


class Drip:
    """A client that sends one byte a second for as long as the server listens."""

    def __init__(self, server: Server, at_once: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.settimeout(1)
        self._socket.sendall(at_once)
        self.received = b""
        self._begin = time.monotonic()
        self.seconds = 0.0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with self._socket:
            while self._listens():
                self._socket.sendall(b"a")
        self.seconds = time.monotonic() - self._begin

    def _listens(self) -> bool:
        try:
            received = self._socket.recv(65_536)
        except TimeoutError:
            return True
        except ConnectionResetError:
            return False
        self.received += received
        return False


def test_slow_and_silent_clients(store: Store, tmp_path: Path, record_property: Record) -> None:
    raise_open_files()
    with served(store, tmp_path, timeout_seconds=2) as server:
        before = server.memory()
        idle = [
            socket.create_connection(("127.0.0.1", server.port), timeout=30)
            for _ in range(IDLE_CONNECTIONS)
        ]
        drips = {
            "headers": Drip(server, b"POST /predict HTTP/1.1\r\nhost: x\r\nx-slow: "),
            "body": Drip(server, HEADERS % 1000 + b'{"text": "'),
        }
        with Load(server, CONNECTIONS) as load:
            server.wait_until(lambda: sum(len(ports(w)) for w in server.workers()) > len(idle))
            most = server.memory()
            for drip in drips.values():
                drip.wait()
            assert [client.recv(1) for client in idle] == [b""] * len(idle)
        for client in idle:
            client.close()
        assert drips["headers"].received == b""
        assert drips["body"].received.startswith(b"HTTP/1.1 408 ")
        assert load.failed == []
        assert wrong(load.asked, store.expected()) == []
        assert server.stop() == 0
    kilobytes = (most - before) / IDLE_CONNECTIONS / 1000
    assert kilobytes < 100
    for figure, value in {
        "idle connections": IDLE_CONNECTIONS,
        "memory for each, kB": kilobytes,
        "requests of others": len(load.asked),
        "of them failed": 0,
        "one byte of the headers a second: cut off after, s": drips["headers"].seconds,
        "one byte of the body a second: cut off after, s": drips["body"].seconds,
    }.items():
        note(record_property, f"slow and silent clients: {figure}", value)


HEADERS = (
    b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"x-api-key: " + ADMIN_KEY.encode() + b"\r\ncontent-length: %d\r\n\r\n"
)


class Slow:
    """A request whose body comes in two parts."""

    def __init__(self, server: Server, number: int) -> None:
        self.request_id = f"slow-{number}"
        body = json.dumps({"text": TEXTS[number]}).encode()
        self._rest = body[10:]
        head = HEADERS.replace(b"host: x", b"host: x\r\nx-request-id: " + self.request_id.encode())
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self._socket.sendall(head % len(body) + body[:10])

    def finish(self) -> int:
        """Send the rest; gives the status."""
        with self._socket:
            self._socket.sendall(self._rest)
            return int(self._socket.recv(65_536).split()[1])


class Batch(threading.Thread):
    """A large batch; ``status`` and ``ended`` once it is answered."""

    def __init__(self, server: Server, number: int, body: bytes) -> None:
        super().__init__()
        self.request_id = f"batch-{number}"
        self.status, self.ended = 0, 0.0
        self._server = server
        self._body = body
        self.start()

    def run(self) -> None:
        headers = ADMIN | {"X-Request-ID": self.request_id, "Content-Type": "application/json"}
        with self._server.client() as client:
            answer = client.post("/predict/batch", content=self._body, headers=headers)
        self.status, self.ended = answer.status_code, time.monotonic()


def refuses(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_sigterm_with_requests_in_flight(
    store: Store, tmp_path: Path, record_property: Record
) -> None:
    with served(store, tmp_path, timeout_seconds=30) as server:
        slow = [Slow(server, number) for number in range(10)]
        # Seconds of work for each worker.
        body = json.dumps({"texts": [" ".join(TEXTS)[:7000]] * BATCH}).encode()
        batches = [Batch(server, number, body) for number in range(6)]
        server.wait_until(lambda: sum(len(ports(w)) for w in server.workers()) >= 16)
        terminated = time.monotonic()
        server.process.terminate()
        server.wait_until(lambda: refuses(server))
        assert server.process.poll() is None
        workers = server.workers()
        statuses = [one.finish() for one in slow]
        for batch in batches:
            batch.join()
        assert server.process.wait(30) == 0
        assert not any(worker.is_running() for worker in workers)
    assert statuses == [200] * len(slow)
    assert [batch.status for batch in batches] == [200] * len(batches)
    items = {f"{batch.request_id}.{i}" for batch in batches for i in range(BATCH)}
    assert logged(server) == {one.request_id for one in slow} | items
    late = sum(batch.ended > terminated for batch in batches)
    assert late > 0
    note(record_property, "SIGTERM: slow bodies in flight", len(slow))
    note(record_property, "SIGTERM: batches of 1,000 texts in flight", late)
    note(record_property, "SIGTERM: failed", 0)
    note(record_property, "SIGTERM: rows of the log lost", 0)
