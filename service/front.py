"""The outermost ASGI app: every request passes here, and every answer has one form."""

import logging
from time import perf_counter
from typing import Protocol

from starlette.types import Message, Receive, Scope, Send

from core.serving import ServingSettings
from service.calls import ApiError, Call, Headers, Reply
from service.credentials import Level
from service.deadlines import Deadlines
from service.errors import error_reply
from service.events import Events
from service.headers import API_HEADERS, Cors
from service.protocol import ARRIVED
from service.request_ids import request_id_of
from service.routes import Route, RouteTable

logger = logging.getLogger(__name__)
UNMATCHED = "unmatched"
NO_CONTENT = (204, 304)
CLIENT_GONE = 499  # nginx's number for it; never sent
FAILED = ApiError(500, "internal_error", "the service failed; its log says why")
_CLOSE = ((b"connection", b"close"),)
_RETRY = ((b"retry-after", b"1"),)


class Gate(Protocol):
    """Says who calls."""

    def check(self, level: Level, headers: Headers, address: str) -> str:
        """The client's name; ApiError 401 or 403."""
        ...


class Limiter(Protocol):
    """Says whether it may call now."""

    def check(self, client: str) -> None:
        """ApiError 429."""
        ...


class Front:
    """Finds the route, checks who calls and how much, reads the body, answers.

    Attributes:
        max_unfinished_bytes: Of all bodies together of which more is to come; beyond it: 429.
    """

    max_unfinished_bytes = 64 * 2**20

    def __init__(
        self,
        routes: RouteTable,
        settings: ServingSettings,
        gate: Gate,
        limiter: Limiter,
        events: Events,
    ) -> None:
        self._routes = routes
        self._settings = settings
        self._gate = gate
        self._limiter = limiter
        self._events = events
        self._deadlines = Deadlines(settings.timeout_seconds)
        self._cors = Cors(settings.cors_origins)
        self._max_body = settings.max_body_megabytes * 2**20
        self._max_unfinished = max(self.max_unfinished_bytes, self._max_body)
        self._in_progress = 0
        self._unfinished_bytes = 0

    async def run(self) -> None:
        """Cut off slow bodies, until cancelled."""
        await self._deadlines.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: float = scope.get(ARRIVED) or perf_counter()
        headers: Headers = scope["headers"]
        request_id = request_id_of(headers)
        template = UNMATCHED
        try:
            if scope["method"] == "OPTIONS":
                reply = self._preflight(scope["path"], headers)
            else:
                route, model = self._routes.find(scope["method"], scope["path"])
                template = route.template
                reply = await self._answer(scope, receive, route, model, request_id, started)
        except ApiError as error:
            reply = error_reply(error, request_id)
        except ClientGoneError:
            self._events.request(template, scope["method"], CLIENT_GONE, perf_counter() - started)
            return
        except Exception:  # whatever it is: logged, counted, answered
            logger.exception("%s %s failed (request %s)", scope["method"], template, request_id)
            reply = error_reply(FAILED, request_id)
        await self._send(scope, send, reply, request_id)
        self._events.request(template, scope["method"], reply.status, perf_counter() - started)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        route: Route,
        model: str | None,
        request_id: str,
        started: float,
    ) -> Reply:
        headers: Headers = scope["headers"]
        peer = scope.get("client")
        deadline = started + self._settings.timeout_seconds
        client = self._gate.check(route.level, headers, peer[0] if peer else "unknown")
        if route.limited:
            self._limiter.check(client)
            if perf_counter() > deadline:
                raise ApiError(503, "overloaded", "the request waited too long", headers=_RETRY)
        body = await self._body(receive, headers) if route.asks or route.request else b""
        if route.limited and self._in_progress >= self._settings.max_concurrency:
            raise _too_busy()
        call = Call(
            scope["method"], scope["path"], headers, request_id, client, body, model,
            started, deadline,
        )  # fmt: skip
        self._in_progress += 1
        try:
            return await route.handler(call)
        finally:
            self._in_progress -= 1

    async def _body(self, receive: Receive, headers: Headers) -> bytes:
        kind, length = b"", b"0"
        for name, value in headers:
            if name == b"content-type":
                kind = value
            elif name == b"content-length":
                length = value
        if kind != b"application/json" and not _is_json(kind):
            message = "send the body as content-type: application/json"
            raise ApiError(415, "unsupported_media_type", message)
        if int(length) > self._max_body:
            raise self._too_large()
        try:
            with self._deadlines.waiting():
                return await self._read(receive)
        except TimeoutError:
            message = f"the body did not arrive within {self._settings.timeout_seconds:g} seconds"
            raise ApiError(408, "request_timeout", message, headers=_CLOSE) from None

    async def _read(self, receive: Receive) -> bytes:
        body, more = self._part(await receive())
        return await self._in_parts(receive, body) if more else body

    async def _in_parts(self, receive: Receive, part: bytes) -> bytes:
        parts, size, more = [part], 0, True
        try:
            while more:
                size += len(part)
                self._unfinished_bytes += len(part)
                if self._unfinished_bytes > self._max_unfinished:
                    raise _too_busy()
                part, more = self._part(await receive(), size)
                parts.append(part)
        finally:
            self._unfinished_bytes -= size
        return b"".join(parts)

    def _part(self, message: Message, size: int = 0) -> tuple[bytes, bool]:
        """The next part of a body of which ``size`` bytes are here, and whether more is to come."""
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        if size + len(part) > self._max_body:
            raise self._too_large()
        return part, message.get("more_body", False)

    def _too_large(self) -> ApiError:
        message = f"the body is larger than {self._settings.max_body_megabytes} MiB"
        return ApiError(413, "body_too_large", message)

    def _preflight(self, path: str, headers: Headers) -> Reply:
        methods = self._routes.methods(path)
        origin = _header(headers, b"origin")
        if origin is None or not methods:
            self._routes.find("OPTIONS", path)
        return self._cors.preflight(origin or b"", methods)

    async def _send(self, scope: Scope, send: Send, reply: Reply, request_id: str) -> None:
        headers = [
            (b"x-request-id", request_id.encode()),
            *(reply.headers if _has_policy(reply) else (*API_HEADERS, *reply.headers)),
        ]
        if reply.status not in NO_CONTENT:
            headers.append((b"content-type", reply.content_type))
            headers.append((b"content-length", b"%d" % len(reply.body)))
        if self._settings.cors_origins and scope["method"] != "OPTIONS":
            headers += self._cors.headers(_header(scope["headers"], b"origin"))
        body = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class ClientGoneError(Exception):
    """The client went away before its body was complete."""


def _too_busy() -> ApiError:
    message = "too many requests are in progress; try again in a second"
    return ApiError(429, "too_busy", message, headers=_RETRY)


def _has_policy(reply: Reply) -> bool:
    """Whether a handler brings its own security headers, as the pages do."""
    return any(name == b"content-security-policy" for name, _ in reply.headers)


def _is_json(content_type: bytes) -> bool:
    kind, _, parameters = content_type.partition(b";")
    if kind.strip().lower() != b"application/json":
        return False
    charset = parameters.strip().lower().replace(b'"', b"")
    return not charset.startswith(b"charset=") or charset == b"charset=utf-8"


def _header(headers: Headers, name: bytes) -> bytes | None:
    return next((value for key, value in headers if key == name), None)
