"""The front around handlers that are slow, broken or many."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import pytest
from pydantic import BaseModel

from core.serving import ServingSettings
from service.calls import ApiError, Call, Handler, Headers, Reply
from service.front import Front
from service.protocol import ARRIVED
from service.routes import Level, Route, RouteTable

JSON: Headers = [(b"content-type", b"application/json")]
Message = dict[str, Any]


class Open:
    """A gate and a limiter that let everyone pass."""

    def check(self, *_: object) -> str:
        return "me"


class Seen:
    """Events that remember the requests."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, int]] = []

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        self.requests.append((route, method, status))

    def answer(self, *_: object) -> None: ...
    def feedback(self, *_: object) -> None: ...
    def reload(self, *_: object) -> None: ...
    def serving(self, *_: object) -> None: ...


class Anything(BaseModel):
    pass


async def fine(call: Call) -> Reply:
    return Reply(200, call.body or b"{}")


def front_of(handler: Handler, **settings: Any) -> tuple[Front, Seen]:
    level: Level = "predict"
    route = Route("POST", "/do", handler, request=Anything, level=level, limited=True)
    seen = Seen()
    table = RouteTable([route, Route("GET", "/see", handler)])
    return Front(table, ServingSettings(**settings), Open(), Open(), seen), seen


async def ask(
    front: Front,
    receive: Callable[[], Any],
    headers: Headers = JSON,
    method: str = "POST",
    path: str = "/do",
    **more: Any,
) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": headers,
        "client": ("192.0.2.1", 1),
        **more,
    }
    await front(scope, receive, send)
    return sent


def whole(body: bytes = b"{}") -> Callable[[], Any]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    return receive


def error_of(sent: list[Message]) -> tuple[int, dict[str, Any]]:
    return sent[0]["status"], json.loads(sent[1]["body"])["error"]


@asynccontextmanager
async def watched(front: Front) -> AsyncIterator[None]:
    watching = asyncio.create_task(front.run())
    yield
    watching.cancel()


def test_a_handler_that_breaks_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: Call) -> Reply:
        raise RuntimeError("a secret of the house")

    front, seen = front_of(broken)
    status, error = error_of(asyncio.run(ask(front, whole())))
    assert (status, error["code"]) == (500, "internal_error")
    assert "secret" not in error["message"]
    assert "a secret of the house" in caplog.text
    assert error["request_id"] in caplog.text
    assert seen.requests == [("/do", "POST", 500)]


def test_a_handlers_own_error_keeps_its_headers() -> None:
    async def refusing(_: Call) -> Reply:
        raise ApiError(409, "taken", "take another", "name", ((b"x-hint", b"other"),))

    front, seen = front_of(refusing)
    sent = asyncio.run(ask(front, whole()))
    status, error = error_of(sent)
    assert (status, error["code"], error["field"]) == (409, "taken", "name")
    assert (b"x-hint", b"other") in sent[0]["headers"]
    assert seen.requests == [("/do", "POST", 409)]


def test_a_body_that_does_not_come_is_given_up() -> None:
    front, seen = front_of(fine, timeout_seconds=0.01)
    parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> Message:
        for part in parts:
            return part
        await asyncio.Event().wait()
        raise AssertionError

    async def main() -> list[Message]:
        async with watched(front):
            return await ask(front, receive)

    sent = asyncio.run(main())
    status, error = error_of(sent)
    assert (status, error["code"]) == (408, "request_timeout")
    assert (b"connection", b"close") in sent[0]["headers"]
    assert seen.requests == [("/do", "POST", 408)]


def test_a_task_cancelled_from_elsewhere_is_no_timeout() -> None:
    front, _ = front_of(fine)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def main() -> None:
        async with watched(front):
            asking = asyncio.create_task(ask(front, never))
            await asyncio.sleep(0.01)
            asking.cancel()
            await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())


def test_a_client_that_goes_is_not_answered() -> None:
    front, seen = front_of(fine)

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert asyncio.run(ask(front, gone)) == []
    assert seen.requests == [("/do", "POST", 499)]


def test_chunks_are_joined_and_counted() -> None:
    front, _ = front_of(fine, max_body_megabytes=1)
    parts = [b"[1", b",2", b"]"]
    messages = iter(
        {"type": "http.request", "body": part, "more_body": part != b"]"} for part in parts
    )

    async def receive() -> Message:
        return next(messages)

    sent = asyncio.run(ask(front, receive))
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"[1,2]")
    status, error = error_of(asyncio.run(ask(front, whole(b" " * (2**20 + 1)))))
    assert (status, error["code"]) == (413, "body_too_large")


def test_a_declared_size_is_refused_unread() -> None:
    front, _ = front_of(fine, max_body_megabytes=1)

    async def unread() -> Message:
        raise AssertionError("the body was read")

    headers = [*JSON, (b"content-length", str(2**20 + 1).encode())]
    status, _ = error_of(asyncio.run(ask(front, unread, headers)))
    assert status == 413


def test_only_so_many_at_once() -> None:
    waiting = asyncio.Event()

    async def slow(_: Call) -> Reply:
        await waiting.wait()
        return Reply(200, b"{}")

    front, _ = front_of(slow, max_concurrency=2)

    async def main() -> tuple[list[Message], ...]:
        first = [asyncio.create_task(ask(front, whole())) for _ in range(2)]
        await asyncio.sleep(0)
        third = await ask(front, whole())
        waiting.set()
        return *(await asyncio.gather(*first)), third, await ask(front, whole())

    *served, refused, later = asyncio.run(main())
    assert [sent[0]["status"] for sent in [*served, later]] == [200, 200, 200]
    status, error = error_of(refused)
    assert (status, error["code"]) == (429, "too_busy")
    assert (b"retry-after", b"1") in refused[0]["headers"]


def test_bodies_on_their_way_keep_nobody_out() -> None:
    front, _ = front_of(fine, max_concurrency=1)

    async def main() -> list[Message]:
        slow = [asyncio.create_task(ask(front, unfinished(b"{"))) for _ in range(3)]
        await asyncio.sleep(0)
        sent = await ask(front, whole())
        for task in slow:
            task.cancel()
        return sent

    assert asyncio.run(main())[0]["status"] == 200


def test_bodies_on_their_way_hold_only_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Front, "max_unfinished_bytes", 2**20)
    front, _ = front_of(fine, max_body_megabytes=1)
    most = bytes(2**20 - 10)

    async def main() -> tuple[list[Message], ...]:
        slow = asyncio.create_task(ask(front, unfinished(most)))
        await asyncio.sleep(0)
        refused = await ask(front, unfinished(bytes(11)))
        at_once = await ask(front, whole())
        slow.cancel()
        await asyncio.wait([slow])
        return refused, at_once, await ask(front, unfinished(most, b"end"))

    refused, at_once, later = asyncio.run(main())
    status, error = error_of(refused)
    assert (status, error["code"]) == (429, "too_busy")
    assert (b"retry-after", b"1") in refused[0]["headers"]
    assert [sent[0]["status"] for sent in (at_once, later)] == [200, 200]


def unfinished(first: bytes, last: bytes | None = None) -> Callable[[], Any]:
    """A body whose end is late, or never comes."""
    parts = [{"type": "http.request", "body": first, "more_body": True}]
    if last is not None:
        parts.append({"type": "http.request", "body": last})

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return parts.pop(0)

    return receive


def test_who_waited_too_long_is_refused_and_the_wait_counts() -> None:
    started: list[float] = []

    async def noting(call: Call) -> Reply:
        started.append(call.started)
        return Reply(200, b"{}")

    front, _ = front_of(noting, timeout_seconds=60)
    arrived = perf_counter() - 1
    assert asyncio.run(ask(front, whole(), **{ARRIVED: arrived}))[0]["status"] == 200
    assert started == [arrived]
    sent = asyncio.run(ask(front, whole(), **{ARRIVED: arrived - 60}))
    status, error = error_of(sent)
    assert (status, error["code"]) == (503, "overloaded")
    assert (b"retry-after", b"1") in sent[0]["headers"]
    assert (
        asyncio.run(ask(front, whole(), [], "GET", "/see", **{ARRIVED: arrived - 60}))[0]["status"]
        == 200
    )


def test_a_head_request_has_no_body() -> None:
    front, _ = front_of(fine)
    sent = asyncio.run(ask(front, whole(), [], "HEAD", "/see"))
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"")
    assert (b"content-length", b"2") in sent[0]["headers"]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_says_nothing_of_it(status: int) -> None:
    async def empty(_: Call) -> Reply:
        return Reply(status, b"")

    front, _ = front_of(empty)
    sent = asyncio.run(ask(front, whole()))
    assert not {b"content-length", b"content-type"} & dict(sent[0]["headers"]).keys()
