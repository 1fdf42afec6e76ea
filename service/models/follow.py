"""Keeps the models of one name at what its channel says."""

import logging
from pathlib import Path

from core.channel import channel_path, parse_channel
from core.errors import ReleaseError
from core.release import Channel, Release
from core.serving import ServingSettings
from service.events import Events
from service.heap import settle
from service.models.loaded import LoadedModel, load_model
from service.models.slot import Slot
from service.release import released_folder, releases_home
from service.runtime import Runtime, standing

logger = logging.getLogger(__name__)


class Follower:
    """Starts with the release pinned in the Bento and follows what is released afterwards.

    The pinned release answers until the champion of the channel changes after the start of the
    server. So an older Bento can be served on purpose, and a worker that is started again agrees
    with the others. A challenger is taken as it stands in the channel.

    Attributes:
        slot: The models.
    """

    def __init__(
        self, pinned: Release, settings: ServingSettings, runtime: Runtime, events: Events
    ) -> None:
        self._pinned = pinned
        self._cache_entries = settings.cache_entries
        self._runtime = runtime
        self._events = events
        self._seen: bytes | None = None
        state = runtime.state()
        # None: nothing is as it was at the start, so what is released is served at once.
        at_start = state.baseline.get(pinned.name)
        self._baseline = at_start if settings.start == "pinned" else None
        champion = self._first(state.accepted.get(pinned.name))
        self.slot = Slot(champion, state.traffic.get(pinned.name, settings.traffic), events)
        self.look()

    def look(self, *, again: bool = False) -> None:
        """Serve what the channel names now, as far as it can be served; never raises.

        Args:
            again: Also when the channel has not changed: what was refused gets another chance.
        """
        try:
            content = _read(channel_path(releases_home(), self._pinned.name))
            if content == self._seen and not again:
                return
            self._seen = content
            self.slot.clear_refusals()
            if content is not None:
                self._follow(parse_channel(content, self._pinned.name))
        except (ReleaseError, OSError) as error:
            self.slot.refuse("channel", str(error))
        except Exception as error:
            logger.exception("%s: what is released can't be followed", self._pinned.name)
            self.slot.refuse("channel", f"{type(error).__name__}: {error}")

    def _follow(self, channel: Channel) -> None:
        before = self.slot.champion, self.slot.challenger
        champion, challenger = before[0], None
        if channel.champion is not None and standing(channel) != self._baseline:
            champion = self._loaded(channel.champion, "champion") or champion
        if channel.challenger is not None:
            challenger = self._loaded(channel.challenger, "challenger")
        self._compare(channel.champion, champion)
        if (champion, challenger) == before:
            return
        self.slot.place(champion, challenger)
        if champion is not before[0]:
            logger.warning("%s: version %s answers now", champion.name, champion.version)
            self._events.reload(champion.name, "swapped")
            self._runtime.accept(champion.release)
        del before
        settle()

    def _compare(self, released: Release | None, champion: LoadedModel) -> None:
        is_other = released is not None and released.model_tag != champion.release.model_tag
        self.slot.released = released.version if released and is_other else None
        if released and is_other and not self.slot.refused:
            logger.warning(
                "%s: version %s of the Bento answers, version %s is released; what is released "
                "from now on is followed (serving.start: released follows at once)",
                champion.name, champion.version, released.version,
            )  # fmt: skip

    def _loaded(self, release: Release, role: str) -> LoadedModel | None:
        for model in (self.slot.champion, self.slot.challenger):
            if model is not None and model.release == release:
                return model
        try:
            return self._load(release)
        except ReleaseError as error:
            self.slot.refuse(role, f"{role} {release.version} is refused: {error}")
        except Exception as error:
            # Such as no memory for it: the other role must not suffer.
            logger.exception("%s: %s %s", release.name, role, release.version)
            reason = f"{type(error).__name__}: {error}"
            self.slot.refuse(role, f"{role} {release.version} can't be loaded: {reason}")
        return None

    def _load(self, release: Release) -> LoadedModel:
        folder = released_folder(release, self._pinned)
        return load_model(release, folder, self._cache_entries)

    def _first(self, accepted: Release | None) -> LoadedModel:
        if accepted is not None:
            try:
                return self._load(accepted)
            except ReleaseError as error:
                logger.error("%s: %s", accepted.name, error)
        return self._load(self._pinned)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
