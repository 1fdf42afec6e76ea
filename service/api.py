"""Everything of a worker, put together."""

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path

from core.prediction_log import log_folder
from core.release import Bundle
from service.admin import Admin, ReloadReport, TrafficReport, TrafficRequest
from service.calls import Call, Reply
from service.cards import MEDIA, Cards
from service.docs_page import docs, docs_asset
from service.feedback import FeedbackRoute
from service.front import Front
from service.guard import Guard
from service.memory import Memory
from service.models.fleet import Fleet
from service.openapi import openapi_document
from service.pages import FILES, page
from service.predictions import Predictions
from service.rate_limit import RateLimiter
from service.routes import Route, RouteTable
from service.runtime import Runtime
from service.schemas import (
    Alive,
    FeedbackAnswer,
    FeedbackRequest,
    Health,
    ModelInfo,
    ModelList,
)
from service.settings import effective_settings
from service.shared import ANSWERS_FILE, METRICS_FOLDER, RATES_FILE
from service.shared_table import SharedTable
from service.state import State
from service.telemetry import Telemetry


class Api:
    """The parts of a worker and the table of its routes.

    Attributes:
        front: The ASGI app.

    Raises:
        ReleaseError: a pinned model can't be served.
        ConfigError: the settings or secrets in the environment are wrong.
    """

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        self._title = bundle.releases[0].name
        self._settings = settings = effective_settings(bundle.serving)
        runtime = Runtime(folder)
        memory = Memory(SharedTable.open(folder / ANSWERS_FILE))
        self._telemetry = telemetry = Telemetry(
            settings.log, log_folder(self._title), folder / METRICS_FOLDER
        )
        self._fleet = fleet = Fleet(bundle, settings, runtime, telemetry)
        self._predictions = Predictions(fleet, settings, telemetry, memory)
        self._feedback = FeedbackRoute(fleet, telemetry, memory)
        self._state = State(fleet, runtime)
        self._cards = Cards(fleet)
        self._admin = Admin(fleet, runtime)
        self._tasks: list[asyncio.Task[None]] = []
        self._described: tuple[str, ...] = ()
        self._document = b""
        limiter = RateLimiter(settings.rate_limit, SharedTable.open(folder / RATES_FILE))
        self._table = RouteTable(self._routes())
        self.front = Front(self._table, settings, Guard.from_environment(), limiter, telemetry)

    async def start(self) -> None:
        """Follow what is released, write what happens."""
        self._telemetry.start()
        self._tasks = [asyncio.create_task(part.run()) for part in (self._fleet, self.front)]

    async def stop(self) -> None:
        """Write what is left."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._predictions.finish()
        await asyncio.to_thread(self._telemetry.stop)

    async def _openapi(self, call: Call) -> Reply:
        """Made again when another version answers: it may take other columns."""
        models = {name: slot.champion for name, slot in self._fleet.slots.items()}
        tags = tuple(model.release.model_tag for model in models.values())
        if self._described != tags:
            self._document = openapi_document(self._table, self._settings, self._title, models)
            self._described = tags
        return Reply(200, self._document)

    async def _metrics(self, call: Call) -> Reply:
        body, content_type = await asyncio.to_thread(self._telemetry.render)
        return Reply(200, body, content_type)

    def _routes(self) -> list[Route]:
        predict, state, admin = self._predictions, self._state, self._admin
        asked = partial(Route, level="predict", limited=True, tag="predictions")
        told = partial(Route, level="predict", tag="models")
        closed = partial(Route, level="admin", tag="admin")
        return [
            asked("POST", "/predict", predict.predict, "One answer", asks="one"),
            asked("POST", "/predict/batch", predict.predict_batch, "Several answers",
                  asks="several"),
            asked("POST", "/predict/{model}", predict.predict, "One answer of a model",
                  asks="one"),
            asked("POST", "/predict/batch/{model}", predict.predict_batch,
                  "Several answers of a model", asks="several"),
            asked("POST", "/feedback", self._feedback.give, "Tell the truth about an answer",
                  request=FeedbackRequest, response=FeedbackAnswer, status=202),
            told("GET", "/model/info", state.info, "What is served", response=ModelInfo),
            told("GET", "/models", state.models, "All models", response=ModelList),
            told("GET", "/models/{model}", state.info, "One model", response=ModelInfo),
            told("GET", "/model/card", self._cards.card, "The model card", media=MEDIA),
            told("GET", "/model/card/{model}", self._cards.card, "One model's card", media=MEDIA),
            Route("GET", "/health", state.health, "Ready to answer", response=Health, tag="state"),
            Route("GET", "/livez", state.livez, "Alive", response=Alive, tag="state"),
            Route("GET", "/readyz", state.health),
            Route("GET", "/metrics", self._metrics, "Prometheus metrics", level="predict",
                  tag="state"),
            Route("GET", "/openapi.json", self._openapi),
            Route("GET", "/docs", docs),
            Route("GET", "/docs/{model}", docs_asset),
            *[Route("GET", path, page) for path in FILES],
            closed("POST", "/admin/reload", admin.reload, "Look for a newly promoted version",
                  response=ReloadReport),
            closed("GET", "/admin/traffic", admin.traffic, "Who answers",
                  response=TrafficReport),
            closed("PUT", "/admin/traffic", admin.set_traffic, "Change who answers",
                  request=TrafficRequest, response=TrafficReport),
        ]  # fmt: skip
