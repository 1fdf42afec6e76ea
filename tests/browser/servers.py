"""What the page is tested against: its own handler, and models behind a few lines of ASGI."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

import uvicorn
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from service.calls import ApiError, Call, Reply
from service.errors import error_reply, parse
from service.pages import FILES, page
from service.schemas import OPTION, FeedbackRequest

DEADLINE = 20
Json = dict[str, Any]


class Cabin(BaseModel):
    """A part of its own."""

    deck: Literal["A", "B", "C"]
    shared: bool = False


class Passenger(BaseModel):
    """A table model's request: every kind of column."""

    model_config = ConfigDict(extra="forbid", strict=True)

    age: float = Field(ge=0, le=120, title="Age", description="In years.")
    siblings: int = Field(0, ge=0, le=9)
    ticket: Literal["first", "second", "third"] = Field(description="Class of travel.")
    port: Literal["Cork", "Kiel"] | None = None
    fare: float | None
    name: str | None = None
    alone: bool
    insured: bool | None = None
    cabin: Cabin
    top_k: int = Field(2, ge=1, json_schema_extra=OPTION)
    explain: bool = Field(False, json_schema_extra=OPTION)


@dataclass
class Service:
    """The routes that the page uses.

    Attributes:
        request: Schema of ``POST /predict``.
        answer: From a valid request to label, probabilities and explanation.
        names: Of the models.
        key: The bearer key that is asked for, if any.
        bodies: Every body of a prediction, as it came.
    """

    request: type[BaseModel]
    answer: Callable[[Any], Json]
    names: tuple[str, ...] = ("news",)
    key: str | None = None
    bodies: list[tuple[str, Json]] = field(default_factory=list)
    _answered: dict[str, Json] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        now = time.perf_counter()
        request_id = f"request-{next(self._numbers)}"
        headers = scope["headers"]
        call = Call(
            scope["method"], scope["path"], headers, request_id, "test", body, None, now, now + 9
        )
        try:
            reply = await self._reply(call)
        except ApiError as error:
            reply = error_reply(error, request_id)
        start = [(b"content-type", reply.content_type), *reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": start})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, call: Call) -> Reply:
        if call.path in FILES:
            return await page(call)
        if call.path == "/openapi.json":
            return _json(200, self._document())
        if self.key and (b"authorization", f"Bearer {self.key}".encode()) not in call.headers:
            raise ApiError(401, "unauthorized", "send a valid API key")
        if call.path == "/models":
            models = [{"name": name, "version": "7"} for name in self.names]
            return _json(200, {"models": models, "default": self.names[0]})
        return self._feedback(call) if call.path == "/feedback" else self._predict(call)

    def _document(self) -> Json:
        schema = self.request.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = schema.pop("$defs", {}) | {"Request": schema}
        body = {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}
        operation = {"post": {"requestBody": {"content": body}}}
        return {"paths": {"/predict": operation}, "components": {"schemas": schemas}}

    def _predict(self, call: Call) -> Reply:
        self.bodies.append((call.path, json.loads(call.body)))
        answer = self.answer(parse(self.request, call.body))
        model = call.path.removeprefix("/predict").strip("/") or self.names[0]
        answer |= {"model": model, "model_version": "7", "request_id": call.request_id}
        answer["latency_ms"] = 0.25
        self._answered[call.request_id] = answer
        return _json(200, answer)

    def _feedback(self, call: Call) -> Reply:
        request = parse(FeedbackRequest, call.body)
        known = self._answered.get(request.request_id)
        correct = known["label"] == request.label if known else None
        answer = {"request_id": request.request_id, "matched": known is not None}
        return _json(202, answer | {"correct": correct})


def _json(status: int, value: Json) -> Reply:
    return Reply(status, json.dumps(value).encode())


def describe(labels: tuple[str, ...], probabilities: list[float], top_k: int) -> Json:
    """The part of an answer that says what the model thinks."""
    scores = [
        {"label": label, "label_id": number, "confidence": share}
        for number, (label, share) in enumerate(zip(labels, probabilities, strict=True))
    ]
    top = sorted(scores, key=lambda score: -float(str(score["confidence"])))[:top_k]
    shares = dict(zip(labels, probabilities, strict=True))
    return {**top[0], "top_predictions": top, "probabilities": shares, "explanation": None}


def lifeboat(passenger: Passenger) -> Json:
    """A table model of sorts."""
    saved = 0.75 if passenger.ticket == "first" else 0.25
    return describe(("lost", "saved"), [1 - saved, saved], passenger.top_k)


@contextmanager
def running(app: ASGIApp, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """Serves an app on a free port of this machine; gives its address."""
    config = uvicorn.Config(app, port=0, lifespan=lifespan, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + DEADLINE
    while not server.started:
        assert thread.is_alive(), "the server ended"
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
