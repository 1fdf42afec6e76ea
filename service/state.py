"""What is being served, and how it is."""

import asyncio
import time

from service.calls import ApiError, Call, Reply
from service.models.fleet import Fleet
from service.models.slot import Slot
from service.runtime import Runtime, WorkerReport
from service.schemas import Alive, Health, ModelInfo, ModelList, ServedVersion

REPORT_SECONDS = 0.25
ALIVE = Reply(200, Alive(status="ok").model_dump_json().encode())


class State:
    """The routes that tell about the service."""

    def __init__(self, fleet: Fleet, runtime: Runtime) -> None:
        self._fleet = fleet
        self._runtime = runtime
        self._reading: asyncio.Task[list[WorkerReport]] | None = None
        self._next_reading = 0.0

    async def livez(self, call: Call) -> Reply:
        """The process answers."""
        return ALIVE

    async def health(self, call: Call) -> Reply:
        """Every model is loaded and answers its self-test."""
        slots = self._fleet.slots
        for name, slot in slots.items():
            if not slot.champion.is_healthy():
                raise ApiError(503, "not_ready", f"the self-test of {name} fails")
        health = Health(
            status="ok",
            model_version=self._fleet.slot(None).champion.version,
            versions={name: slot.champion.version for name, slot in slots.items()},
            refused={name: slot.refused for name, slot in slots.items() if slot.refused},
            workers=[_served(report) for report in await self._reports()],
        )
        return Reply(200, health.model_dump_json().encode())

    async def _reports(self) -> list[WorkerReport]:
        """Anybody may ask, and each report is a file: one reading for all who ask meanwhile."""
        if self._reading is None or (
            self._reading.done() and time.monotonic() >= self._next_reading
        ):
            self._next_reading = time.monotonic() + REPORT_SECONDS
            self._reading = asyncio.create_task(asyncio.to_thread(self._runtime.workers))
        # Shielded: a client that goes away must not end it for the others.
        return await asyncio.shield(self._reading)

    async def info(self, call: Call) -> Reply:
        """The first model of the Bento, or the one that is named."""
        info = model_info(self._fleet.slot(call.model))
        return Reply(200, info.model_dump_json().encode())

    async def models(self, call: Call) -> Reply:
        """All models of the Bento."""
        infos = [model_info(slot) for slot in self._fleet.slots.values()]
        models = ModelList(models=infos, default=infos[0].name)
        return Reply(200, models.model_dump_json().encode())


def _served(report: WorkerReport) -> dict[str, ServedVersion]:
    return {
        name: ServedVersion(version=slot.champion, scorer_sha256=slot.scorer_sha256)
        for name, slot in report.models.items()
    }


def model_info(slot: Slot) -> ModelInfo:
    """What the champion of a slot is."""
    release = slot.champion.release
    lineage = release.lineage
    return ModelInfo(
        name=release.name,
        version=release.version,
        stage=release.stage,
        model_tag=release.model_tag,
        labels=list(slot.champion.labels),
        target=slot.champion.target,
        features=list(slot.champion.features),
        interval=slot.champion.interval,
        metrics=release.metrics,
        trained_at=lineage["trained_at"],
        dataset_fingerprint=lineage["data_fingerprint"],
        config_hash=lineage["config_hash"],
        git_commit=lineage.get("git_commit"),
        scorer_sha256=release.scorer_sha256,
        card_sha256=release.card_sha256,
        lineage=lineage,
        released=slot.released,
        challenger=slot.challenger.version if slot.challenger else None,
        refused=slot.refused,
    )
