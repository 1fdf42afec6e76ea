"""Slow, silent and broken clients against a real server; others are served meanwhile."""

import json
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.config import HTTP_PROTOCOLS

from core.serving import ServingSettings
from service.front import Front
from service.protocol import MAX_HEADER_BYTES, GuardedProtocol, install, raise_open_files
from service.routes import Route, RouteTable
from tests.service.test_front import Anything, Open, Seen, fine

pytestmark = pytest.mark.served

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
EARLY = b"POST /early HTTP/1.1\r\ncontent-length: 5000\r\n\r\n"
BIG = 50_000_000


class Impatient(GuardedProtocol):
    header_seconds = 0.5
    unread_seconds = 0.3


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body that it was sent; early, without it; or with a big one."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    answer = bytes(BIG) if scope["path"] == "/big" else scope["method"].encode() + b" " + body
    headers = [(b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@contextmanager
def serving(http: type[GuardedProtocol], asgi: Any = app) -> Iterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(
        asgi, http=http, loop="uvloop", lifespan="off", log_config=None, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield server, listener.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@pytest.fixture(scope="module")
def impatient() -> Iterator[tuple[uvicorn.Server, int]]:
    with serving(Impatient) as running:
        yield running


@pytest.fixture
def port(impatient: tuple[uvicorn.Server, int]) -> int:
    return impatient[1]


@pytest.fixture(scope="module")
def patient_port() -> Iterator[int]:
    """With the time that clients have in production."""
    with serving(GuardedProtocol) as (_, port):
        yield port


@pytest.fixture(scope="module")
def front_port() -> Iterator[int]:
    """The front of the service, with one route that answers what it was sent."""
    table = RouteTable([Route("POST", "/do", fine, request=Anything)])
    front = Front(table, ServingSettings(), Open(), Open(), Seen())
    with serving(GuardedProtocol, front) as (_, port):
        yield port


def wait_until(condition: Any) -> None:
    while not condition():
        time.sleep(0.005)


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(30)
    return connection


def ask(connection: socket.socket, request: bytes) -> None:
    """Send what is answered with ``GET `` or ``POST ``, and read that."""
    connection.sendall(request)
    answer = b""
    while not answer.endswith((b"GET ", b"POST ")):
        answer += connection.recv(65536)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes; a reset is a close."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionError:
        return received
    return received


@pytest.mark.parametrize("rest", [b"GET", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
@pytest.mark.parametrize("answered", [b"", GET, EARLY], ids=["first", "later", "body"])
def test_what_never_ends_is_cut(port: int, answered: bytes, rest: bytes) -> None:
    with connect(port) as connection:
        if answered:
            ask(connection, answered)
        connection.sendall(rest)
        assert read_all(connection) == b""


def test_silence_is_cut(port: int) -> None:
    with connect(port) as connection:
        assert read_all(connection) == b""


def test_an_answer_is_finished_before_what_follows_is_cut(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(GET + b"GET /")
        assert read_all(connection).endswith(b"GET ")


@pytest.mark.parametrize("answered", [b"", GET, EARLY], ids=["first", "later", "body"])
def test_a_byte_now_and_then_buys_no_time(port: int, answered: bytes) -> None:
    with connect(port) as connection:
        if answered:
            ask(connection, answered)
        with pytest.raises(ConnectionError):
            drip(connection, b"GET / HTTP/1.1\r\nx: " + b"x" * 5000)


def drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def test_an_ordinary_client_keeps_its_connection(port: int) -> None:
    with connect(port) as connection:
        for pause in (0, 0.8, 0):
            time.sleep(pause)
            ask(connection, GET)


def test_a_request_in_pieces_is_answered(patient_port: int) -> None:
    with connect(patient_port) as connection:
        for piece in (b"POST / HT", b"TP/1.1\r\ncontent-", b"length: 4\r\n\r\n", b"ab", b"cd"):
            connection.sendall(piece)
            time.sleep(0.02)
        connection.sendall(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")
        answers = read_all(connection)
    assert answers.count(b"200 OK") == 2
    assert b"POST abcd" in answers


@pytest.mark.parametrize(
    ("path", "kind", "megabytes", "status"),
    [
        ("/nowhere", "application/json", 0.3, 404),
        ("/do", "text/plain", 0.3, 415),
        ("/do", "application/json", 20, 413),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_refused_body_is_dropped_and_the_connection_lives(
    front_port: int, path: str, kind: str, megabytes: float, status: int, chunked: bool
) -> None:
    size = int(megabytes * 2**20)
    connection = HTTPConnection("127.0.0.1", front_port, timeout=30)
    statuses = []
    for _ in range(5):
        body = iter([bytes(2**16)] * (size // 2**16)) if chunked else bytes(size)
        connection.request("POST", path, body, {"content-type": kind})
        connected = connection.sock
        statuses.append(_status(connection))
        connection.request("POST", "/do", b"{}", {"content-type": "application/json"})
        statuses.append(_status(connection))
        assert connection.sock is connected
    connection.close()
    assert statuses == [status, 200] * 5


@pytest.mark.parametrize("chunked", [False, True])
def test_who_closes_after_the_answer_gets_it_too(front_port: int, chunked: bool) -> None:
    for _ in range(3):
        connection = HTTPConnection("127.0.0.1", front_port, timeout=30)
        body = iter([bytes(2**16)] * 320) if chunked else bytes(20 * 2**20)
        headers = {"content-type": "application/json", "connection": "close"}
        connection.request("POST", "/do", body, headers)
        with connection.getresponse() as response:
            assert response.status == 413
            assert json.loads(response.read())["error"]["code"] == "body_too_large"
            assert response.getheader("connection") == "close"
        connection.close()


def _status(connection: HTTPConnection) -> int:
    with connection.getresponse() as response:
        response.read()
        return response.status


def test_a_dropped_body_that_never_ends_is_cut(port: int) -> None:
    with connect(port) as connection:
        ask(connection, EARLY.replace(b"5000", b"5000000"))
        with pytest.raises(ConnectionError):
            drip(connection, bytes(5000))


def test_silent_connections_are_cut_while_others_are_served(
    impatient: tuple[uvicorn.Server, int],
) -> None:
    running, port = impatient
    raise_open_files()
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(port)) for _ in range(500)]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for _ in range(20):
                assert client.get("/").text == "GET "
        assert [read_all(connection) for connection in silent] == [b""] * 500
    wait_until(lambda: not running.server_state.connections)


def test_who_does_not_read_is_cut(impatient: tuple[uvicorn.Server, int]) -> None:
    running, port = impatient
    wait_until(lambda: not running.server_state.connections)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(GET.replace(b"/ ", b"/big ", 1))
        assert connection.recv(1) == b"H"
        wait_until(lambda: not running.server_state.connections)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET http://x HTTP/1.1\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_our_error_body(port: int, sent: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(sent)
        assert _error(read_all(connection)) == (b"HTTP/1.1 400 Bad Request", "bad_http")


def test_endless_headers_are_refused_before_their_time(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: " + b"x" * (MAX_HEADER_BYTES + 1))
        status, code = _error(read_all(connection))
    assert status.startswith(b"HTTP/1.1 431 ")
    assert code == "headers_too_large"


def _error(answer: bytes) -> tuple[bytes, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    assert b"x-content-type-options: nosniff" in head
    error = json.loads(body)["error"]
    assert error.keys() == {"code", "message", "field", "request_id"}
    assert b"\r\nx-request-id: " + error["request_id"].encode() + b"\r\n" in head
    return head.splitlines()[0], error["code"]


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket"])
@pytest.mark.parametrize("pieces", [1, 2])
def test_an_offered_upgrade_is_declined_and_the_body_kept(
    patient_port: int, upgrade: bytes, pieces: int
) -> None:
    """As Java's client sends its first request, followed by another on the same connection."""
    head = b"POST /%s HTTP/1.1\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: " + upgrade
    head += b"\r\nhttp2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"
    with connect(patient_port) as connection:
        connection.sendall(head + b"\r\ncontent-length: 4\r\n\r\n" + b"abcd"[: 6 - 2 * pieces])
        if pieces == 2:
            time.sleep(0.02)
            connection.sendall(b"cd")
        wait_until(lambda: b"POST abcd" in connection.recv(65536, socket.MSG_PEEK))
        connection.sendall(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")
        answers = read_all(connection)
    assert answers.count(b"200 OK") == 2


def test_installed_it_is_what_uvicorn_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HTTP_PROTOCOLS, "auto", HTTP_PROTOCOLS["auto"])
    install()
    config = uvicorn.Config(app, log_config=None)
    config.load()
    assert config.http_protocol_class is GuardedProtocol


def test_open_files_are_raised_to_what_is_allowed() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(200, before[1]), before[1]))
    try:
        assert raise_open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert soft == hard
        assert hard == before[1]
        assert raise_open_files() == soft
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
