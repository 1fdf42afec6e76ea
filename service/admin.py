"""The admin routes: who answers, and a look at what is released; for all workers at once."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.serving import Percent, Traffic
from service.calls import ApiError, Call, Reply
from service.errors import parse
from service.models.fleet import Fleet
from service.runtime import Runtime, WorkerReport

logger = logging.getLogger(__name__)
TRAFFIC_SECONDS = 5.0
RELOAD_SECONDS = 60.0
CHECK_SECONDS = 0.02


class TrafficRequest(BaseModel):
    """Who answers from now on, until the server stops."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: Annotated[
        str | None, Field(max_length=100, description="Model; null = the first one of the Bento.")
    ] = None
    mode: Literal["champion", "shadow", "split"] = Field(
        description="champion: it answers alone. shadow: the challenger is asked too, and only "
        "recorded. split: the challenger answers `percent` of the requests."
    )
    percent: Annotated[
        Percent | None,
        Field(description="Share of the requests for the challenger; null = as it is now."),
    ] = None


class TrafficReport(BaseModel):
    """Who answers under each model name, and what every living worker serves."""

    traffic: dict[str, Traffic]
    workers: list[WorkerReport]


class ReloadReport(BaseModel):
    """What every living worker serves."""

    workers: list[WorkerReport]


class Admin:
    """Changes the runtime folder, and answers once every living worker has followed."""

    def __init__(self, fleet: Fleet, runtime: Runtime) -> None:
        self._fleet = fleet
        self._runtime = runtime

    async def traffic(self, call: Call) -> Reply:
        """Who answers now."""
        return self._report(self._runtime.workers())

    async def set_traffic(self, call: Call) -> Reply:
        """Change who answers; holds for every request that comes after the answer.

        Raises:
            ApiError: 404 no such model; 409 it has no challenger; 504 a worker does not follow.
        """
        request = parse(TrafficRequest, call.body)
        slot = self._fleet.slot(request.model)
        if request.mode != "champion" and slot.challenger is None:
            reason = f" ({slot.refused})" if slot.refused else ""
            message = f"{slot.name} has no challenger{reason}; release one, then set {request.mode}"
            raise ApiError(409, "no_challenger", message, "mode")
        percent = slot.traffic.percent if request.percent is None else request.percent
        traffic = Traffic(mode=request.mode, percent=percent)
        generation = self._runtime.set_traffic(slot.name, traffic)
        logger.warning(
            "%s: %s by %s (request %s)", slot.name, traffic, call.client, call.request_id
        )
        return self._report(
            await self._confirmed(lambda report: report.generation >= generation, TRAFFIC_SECONDS)
        )

    async def reload(self, call: Call) -> Reply:
        """Look at the channels now, and give what was refused another chance.

        Raises:
            ApiError: 409 a worker refuses what is released; 504 a worker does not follow.
        """
        number = self._runtime.ask_reload()
        logger.warning("reload by %s (request %s)", call.client, call.request_id)
        workers = await self._confirmed(lambda report: report.reloads >= number, RELOAD_SECONDS)
        for report in workers:
            for name, models in report.models.items():
                if models.refused:
                    message = f"{name}: {models.refused}; version {models.champion} goes on"
                    raise ApiError(409, "release_refused", message)
        return Reply(200, ReloadReport(workers=workers).model_dump_json().encode())

    def _report(self, workers: list[WorkerReport]) -> Reply:
        traffic = {name: slot.traffic for name, slot in self._fleet.slots.items()}
        report = TrafficReport(traffic=traffic, workers=workers)
        return Reply(200, report.model_dump_json().encode())

    async def _confirmed(
        self, has_followed: Callable[[WorkerReport], bool], seconds: float
    ) -> list[WorkerReport]:
        end = time.monotonic() + seconds
        while True:
            workers = self._runtime.workers()
            late = [str(report.pid) for report in workers if not has_followed(report)]
            if not late:
                return workers
            if time.monotonic() > end:
                message = (
                    f"worker {', '.join(late)} has not followed within {seconds:g} seconds; "
                    "it will as soon as it can: ask again"
                )
                raise ApiError(504, "not_confirmed", message)
            await asyncio.sleep(CHECK_SECONDS)
