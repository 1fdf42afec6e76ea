"""The BentoML service: the app mounted at ``/``, one verified model per worker."""

import os

# Before BentoML reads it: a release server calls no one.
os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import bentoml
from starlette.types import ASGIApp, Receive, Scope, Send

from service.app import create_app
from service.predictor import Predictor
from service.release import RELEASE_PATH, load_pinned_scorer, read_release, verified_folder


class WorkerApp:
    """Stands for the app until the worker has loaded its model.

    It is no Starlette app on purpose: BentoML answers the paths that a Starlette app does not
    know by itself, in another error format.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


worker_app = WorkerApp()
# There is no release while a Bento is being built.
workers = read_release().limits.workers if RELEASE_PATH.exists() else 1


@bentoml.service(name="gatehouse", workers=workers)
@bentoml.asgi_app(worker_app, path="/")
class TextClassifierService:
    """Serves the release beside it; BentoML adds /livez, /healthz, /readyz and /metrics."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def refuse_altered_model() -> None:
        """Stop the server before it starts any worker."""
        verified_folder(read_release())

    def __init__(self) -> None:
        release = read_release()
        self.predictor = Predictor(release, load_pinned_scorer(release))
        worker_app.app = create_app(self.predictor)

    def __is_ready__(self) -> bool:
        return self.predictor.is_healthy()
