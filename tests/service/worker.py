"""A whole worker in this process: real models, real telemetry, HTTP semantics, no socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from core.release import Bundle
from service import runtime, shared
from service.api import Api


@contextmanager
def working(bundle: Bundle) -> Iterator[TestClient]:
    """A client of a worker that is the only one of its server."""
    folder = runtime.create(bundle)
    shared.prepare(folder)
    with TestClient(worker_app(bundle, folder), client=("192.0.2.1", 5000)) as client:
        yield client


def worker_app(bundle: Bundle, folder: Path):  # type: ignore[no-untyped-def]
    """The front, and a life cycle as BentoML has it."""
    api = Api(bundle, folder)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await api.front(scope, receive, send)
            return
        await receive()
        await api.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await api.stop()
        await send({"type": "lifespan.shutdown.complete"})

    return app
