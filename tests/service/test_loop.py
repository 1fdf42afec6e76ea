"""How new connections come in."""

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from service import loop as loops

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as sock:
        yield sock


class Counting(asyncio.Protocol):
    """Counts its connections."""

    made = 0

    def connection_made(self, _: object) -> None:
        Counting.made += 1


@pytest.fixture(autouse=True)
def _from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counting, "made", 0)
    monkeypatch.setitem(uvicorn.config.LOOP_FACTORIES, "auto", None)
    loops.install(lambda: Counting.made)


def clients(address: tuple[str, int], count: int) -> list[socket.socket]:
    return [socket.create_connection(address) for _ in range(count)]


async def made(count: int) -> None:
    async with asyncio.timeout(10):
        while Counting.made < count:
            await asyncio.sleep(0.001)


def run(main: object) -> None:
    with asyncio.Runner(loop_factory=loops.loop_factory()) as runner:
        runner.run(main)  # type: ignore[arg-type]


def test_all_that_wait_get_in(listening: socket.socket) -> None:
    waiting = clients(listening.getsockname(), 100)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Counting, sock=listening)
        await made(100)
        server.close()

    run(main())
    for client in waiting:
        client.close()
    assert Counting.made == 100


@pytest.mark.parametrize(("busy", "taken"), [(0, 1), (3, 1), (4, 2), (40, 11)])
def test_a_busy_worker_takes_more_at_once(listening: socket.socket, busy: int, taken: int) -> None:
    waiting = clients(listening.getsockname(), 20)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        listener = loops.Listener(loop, Counting, listening, None, lambda: busy)
        listener._accept()
        listener.close()
        await made(taken)
        await asyncio.sleep(0.01)

    run(main())
    for client in waiting:
        client.close()
    assert Counting.made == taken


class Exhausted(socket.socket):
    """A listening socket of a process that has no file descriptor left, for a moment."""

    refusals = 1

    def accept(self):  # type: ignore[no-untyped-def]
        if self.refusals:
            self.refusals -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_without_descriptors_it_tries_again_later(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loops, "RETRY_SECONDS", 0.01)
    exhausted = Exhausted(fileno=listening.detach())
    (client,) = clients(exhausted.getsockname(), 1)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Counting, sock=exhausted)
        await made(1)
        server.close()

    run(main())
    client.close()
    exhausted.close()
    assert "no connection can be accepted" in caplog.text


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"hi"})


def test_uvicorn_serves_in_it(listening: socket.socket) -> None:
    address = listening.getsockname()
    server = uvicorn.Server(uvicorn.Config(hello, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    waiting = clients(address, 50)
    for client in waiting:
        client.sendall(REQUEST)
    for client in waiting:
        with client, client.makefile("rb") as answer:
            assert answer.read().endswith(b"hi")
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
