"""All models of a worker, kept in step with the other workers of the server."""

import asyncio
import logging
import os
import time

from core.release import Bundle
from core.serving import ServingSettings
from service.calls import ApiError
from service.events import Events
from service.models.follow import Follower
from service.models.slot import Slot
from service.runtime import Runtime, ServerState, SlotReport, WorkerReport

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.1


class Fleet:
    """Loads what the bundle names, then does what the runtime folder and the channels say.

    Traffic that an admin sets holds until the server stops; then the settings hold again.

    Attributes:
        slots: By model name, in the order of the bundle.
    """

    def __init__(
        self, bundle: Bundle, settings: ServingSettings, runtime: Runtime, events: Events
    ) -> None:
        self._settings = settings
        self._runtime = runtime
        self._reloads = runtime.state().reloads
        self._followers = [
            Follower(release, settings, runtime, events) for release in bundle.releases
        ]
        self.slots = {follower.slot.name: follower.slot for follower in self._followers}
        self._looking: asyncio.Task[None] | None = None
        self._next_look = time.monotonic() + (settings.reload_seconds or 0)
        self._reported: WorkerReport | None = None
        self._trouble: str | None = None
        # First visible to the others, then obedient: so no change of the traffic is missed.
        self._life = runtime.join(os.getpid())
        # Whoever saw all workers follow before this one was visible must be right about it too.
        for follower in self._followers:
            follower.look()
        self._obey(runtime.state())

    def slot(self, name: str | None) -> Slot:
        """The models of a name; None stands for the first one of the bundle.

        Raises:
            ApiError: 404.
        """
        slot = self.slots.get(name) if name is not None else next(iter(self.slots.values()))
        if slot is None:
            known = ", ".join(self.slots)
            raise ApiError(404, "unknown_model", f"no model is named {name}; there is {known}")
        return slot

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                state = self._runtime.state()
                self._obey(state)
                self._look_when_due(state.reloads)
            except Exception as error:
                # Whatever it is: a worker that stopped following would obey no kill switch.
                if repr(error) != self._trouble:
                    self._trouble = repr(error)
                    logger.exception("the other workers can't be followed; it is tried again")
            await asyncio.sleep(POLL_SECONDS)

    def _obey(self, state: ServerState) -> None:
        for name, slot in self.slots.items():
            slot.direct(state.traffic.get(name, self._settings.traffic))
        report = WorkerReport(
            pid=os.getpid(),
            generation=state.generation,
            reloads=self._reloads,
            models={name: _report(slot) for name, slot in self.slots.items()},
        )
        if report != self._reported:
            self._runtime.report(report)
            self._reported = report

    def _look_when_due(self, reloads: int) -> None:
        follows = self._settings.reload_seconds is not None
        is_due = reloads > self._reloads or (follows and time.monotonic() >= self._next_look)
        if is_due and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look(reloads))

    async def _look(self, reloads: int) -> None:
        for follower in self._followers:
            # In a thread: requests go on while a model is loaded.
            await asyncio.to_thread(follower.look, again=reloads > self._reloads)
        self._reloads = reloads
        self._next_look = time.monotonic() + (self._settings.reload_seconds or 0)


def _report(slot: Slot) -> SlotReport:
    return SlotReport(
        champion=slot.champion.version,
        scorer_sha256=slot.champion.release.scorer_sha256,
        challenger=slot.challenger.version if slot.challenger else None,
        mode=slot.traffic.mode,
        percent=slot.traffic.percent,
        refused=slot.refused,
    )
