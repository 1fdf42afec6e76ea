"""The BentoML service: BentoML packs it and keeps its workers alive, the front answers."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before BentoML reads it: a release server calls no one.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from core.release import Bundle
from service import loop, protocol, runtime, shared
from service.heap import settle
from service.release import BUNDLE_PATH, read_bundle
from service.settings import effective_settings
from service.supervision import end_with, refusals, rehearse

if TYPE_CHECKING:
    from service.api import Api


def _api(bundle: Bundle, folder: Path) -> "Api":
    # Not above: the server's own process needs none of it, 20 MB less.
    from service.api import Api

    return Api(bundle, folder)


class Outermost:
    """BentoML's app sees the life of a worker, and no request."""

    front: ASGIApp

    def __init__(self, bentoml_app: ASGIApp) -> None:
        self._bentoml_app = bentoml_app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.front(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._bentoml_app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


class FrontedService(bentoml.Service[Any]):  # type: ignore[misc]  # resolved lazily
    """A service whose requests go past BentoML's middleware.

    That middleware labels metrics by raw path, has error bodies of its own, and its time-out leaves
    a timer for each request.
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """The app of a worker."""
        return Outermost(super().to_asgi(is_main))


with refusals():
    # There is no bundle while a Bento is being built.
    workers = effective_settings(read_bundle().serving).workers if BUNDLE_PATH.exists() else 1


@bentoml.service(
    name="gatehouse",
    service_class=FrontedService,
    workers=workers,
    http={"host": "127.0.0.1", "port": 3000},
)
class ModelService:
    """Serves the models of the bundle beside it."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def prepare() -> None:
        """In the server's own process: refuse what can't be served, before any worker starts."""
        from service import arbiter
        from service.registration import register

        with refusals():
            bundle = read_bundle()
            folder = runtime.create(bundle)
            shared.prepare(folder)
            rehearse(lambda: _api(bundle, folder))
        arbiter.install(partial(register, tuple(release.name for release in bundle.releases)))

    def __init__(self) -> None:
        self._api = _api(read_bundle(), runtime.current_folder())
        Outermost.front = self._api.front
        settle()

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    async def start(self) -> None:
        """In each worker, before its first request."""
        protocol.raise_open_files()
        self._life = asyncio.create_task(end_with(os.getppid()))
        await self._api.start()

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    async def stop(self) -> None:
        """In each worker, after its last request."""
        self._life.cancel()
        await self._api.stop()


protocol.install()
loop.install(lambda: protocol.GuardedProtocol.open_connections)
