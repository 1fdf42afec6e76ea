"""HTTP for clients that are slow, silent or broken.

uvicorn waits for ever for the headers of a request, and a byte now and then also stops its
keep-alive time-out (https://github.com/Kludex/uvicorn/issues/157). Each such connection holds a
socket; enough of them and nobody else gets in ("Slowloris", CVE-2007-6750).
"""

import asyncio
import resource
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any

import httptools
import uvicorn.config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.calls import ApiError
from service.errors import error_reply
from service.headers import API_HEADERS
from service.request_ids import new_request_id

MAX_HEADER_BYTES = 65_536
ARRIVED = "gatehouse.arrived"  # in the scope: perf_counter() when the headers were complete
UPGRADE_HEADERS = frozenset({b"connection", b"upgrade", b"http2-settings"})
# Where there is no hard limit, as on macOS, this many can be had everywhere.
OPEN_FILES = 10_240


class WholeAnswers:
    """A transport that sends headers and body of an answer in one piece.

    uvicorn writes them one after the other: two packets, two system calls.

    Args:
        transport: The connection's.
        linger: Called when the connection is to be closed before the request has arrived whole.

    Attributes:
        in_body: Whether a request has not arrived whole.
    """

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], None]) -> None:
        self._transport = transport
        self._linger = linger
        self._parts: list[bytes] = []
        self._closing = False
        self.in_body = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keep a part of an answer; "100 Continue" is none, the client waits for it."""
        if data.startswith(b"HTTP/1.1 100 "):
            self._transport.write(data)
        else:
            self._parts.append(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()

    def close(self) -> None:
        """Send what was kept, and end; but not in the middle of what the client sends."""
        self.flush()
        if self.in_body:
            self._closing = True
            self._linger()
        else:
            self._transport.close()

    def body_ended(self) -> None:
        """The request has arrived, or is given up."""
        self.in_body = False
        if self._closing:
            self._transport.close()


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which gives a client ``header_seconds`` for the headers of a request.

    The time runs from the connection, and from the first byte of each later request. A request
    that arrives in one piece costs little more. Another protocol is never spoken.

    The rest of a body that was answered early is read and dropped, for ``header_seconds`` at most:
    closing with unread data would reset the connection, and the answer be lost (RFC 9112, 9.6).

    Attributes:
        header_seconds: Time for the headers.
        unread_seconds: Time in which a client must take what it is sent, by TCP_USER_TIMEOUT.
        open_connections: Of this process.
    """

    header_seconds = 10.0
    unread_seconds = 30.0
    open_connections = 0
    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; a client that stops reading is cut off by the kernel."""
        GuardedProtocol.open_connections += 1
        self._answers = WholeAnswers(transport, self._await_body)
        super().connection_made(self._answers)  # type: ignore[arg-type]
        connection = transport.get_extra_info("socket")
        if hasattr(socket, "TCP_USER_TIMEOUT") and connection.family != socket.AF_UNIX:
            milliseconds = int(self.unread_seconds * 1000)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        GuardedProtocol.open_connections -= 1
        self._stop_clock()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Note the time: the request may have to wait for others."""
        self._answers.in_body = True
        self.scope[ARRIVED] = perf_counter()  # type: ignore[literal-required]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """After a body that was dropped, give the next request the whole time."""
        if self._deadline is not None:
            self._stop_clock()
        super().on_message_complete()
        self._answers.body_ended()

    def on_response_complete(self) -> None:
        """Send the answer."""
        self._answers.flush()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Parse, then see whether headers are still to come."""
        self._unset_keepalive_if_required()
        of_body = self._answers.in_body
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(400, "bad_http", "this is no valid HTTP request")
        cycle = self.cycle
        # uvicorn makes a scope at a request's first byte, a cycle (None at first, whatever its type
        # says) when its headers are complete.
        if cycle is not None and cycle.scope is self.scope and not cycle.response_complete:  # type: ignore[redundant-expr]
            if self._deadline is not None:
                self._stop_clock()
        else:
            self._await_headers(0 if of_body else len(data))

    def _await_headers(self, received: int) -> None:
        if self._deadline is None:
            self._start_clock()
        self._header_bytes += received
        if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self._refuse(431, "headers_too_large", f"headers have over {MAX_HEADER_BYTES} bytes")

    def _await_body(self) -> None:
        if self._deadline is None:
            self._start_clock()

    def _should_upgrade(self) -> bool:
        # So that uvicorn starts nothing at the end of such headers; then comes _decline_upgrade.
        return True

    def _decline_upgrade(self, rest: bytes) -> None:
        """Answer as if no upgrade had been offered, which every server may (RFC 9110, 7.8).

        The parser has stopped, since another protocol would follow. Java's client offers h2c with
        each first request, so that uvicorn would lose the body.
        """
        if self.scope["method"] == "CONNECT":
            self._refuse(400, "bad_http", "this is no proxy")
            return
        request = f"{self.scope['method']} ".encode() + self.url + b" HTTP/1.1\r\n"
        kept = [(name, value) for name, value in self.headers if name not in UPGRADE_HEADERS]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in kept)
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(request + head + b"\r\n" + rest)

    def _refuse(self, status: int, code: str, message: str) -> None:
        # There is no telling where such a request ends.
        self._answers.in_body = False
        request_id = new_request_id()
        reply = error_reply(ApiError(status, code, message), request_id)
        headers = [
            (b"x-request-id", request_id.encode()),
            (b"content-type", reply.content_type),
            (b"content-length", b"%d" % len(reply.body)),
            (b"connection", b"close"),
            *API_HEADERS,
        ]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", reply.body]))
        self.transport.close()

    def _start_clock(self) -> None:
        self._header_bytes = 0
        self._deadline = self.loop.call_later(self.header_seconds, self._give_up)

    def _give_up(self) -> None:
        self._answers.body_ended()
        # It closes now, or after the answer to an earlier request.
        self.shutdown()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def install() -> None:
    """Let every server of this process use the protocol; to be called before one is configured."""
    uvicorn.config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{GuardedProtocol.__name__}"


def raise_open_files() -> int:
    """Raise the limit of open files, and with it of connections, as far as allowed; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
