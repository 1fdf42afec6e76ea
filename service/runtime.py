"""The folder through which the workers of one server agree: made by its parent, gone with it.

``state.json`` says what all workers have to do; ``workers/PID.json`` what each one does.
"""

import atexit
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from core.channel import channel_path, parse_channel
from core.errors import GatehouseError
from core.files import is_locked, locked, replace_file
from core.release import Bundle, Channel, Release
from core.serving import Traffic
from service.release import releases_home

VARIABLE = "GATEHOUSE_RUNTIME"
STATE_FILE = "state.json"
WORKERS_FOLDER = "workers"
logger = logging.getLogger(__name__)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerState(_Record):
    """What all workers have to do.

    Attributes:
        generation: Grows with every change of the traffic.
        traffic: By model name, what an admin has set since the server started.
        reloads: How often an admin has asked to look at the channels.
        baseline: By model name, the channel's sequence and champion when the server started.
        accepted: By model name, the last release that a worker took from the channel.
    """

    generation: int = 0
    traffic: dict[str, Traffic] = {}
    reloads: int = 0
    baseline: dict[str, tuple[int, str | None]] = {}
    accepted: dict[str, Release] = {}


class SlotReport(_Record):
    """Versions that a worker serves under one model name, and why not what is released.

    ``scorer_sha256`` is the champion's: versions of another stack may have the same number.
    """

    champion: str
    scorer_sha256: str
    challenger: str | None
    mode: str
    percent: float
    refused: str | None


class WorkerReport(_Record):
    """What a worker does; ``generation`` and ``reloads`` are those it has caught up with."""

    pid: int
    generation: int
    reloads: int
    models: dict[str, SlotReport]


def create(bundle: Bundle) -> Path:
    """Make the folder of a server, before it starts a worker; workers find it by the environment.

    It is readable by this user alone, and removed when this process ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-"))
    (folder / WORKERS_FOLDER).mkdir()
    baseline = {release.name: _standing(release.name) for release in bundle.releases}
    _write(folder / STATE_FILE, ServerState(baseline=baseline))
    os.environ[VARIABLE] = str(folder)
    atexit.register(_remove, folder, os.getpid())
    return folder


def current_folder() -> Path:
    """The folder of the server whose worker this process is."""
    return Path(os.environ[VARIABLE])


def _write(path: Path, record: BaseModel) -> None:
    replace_file(path, record.model_dump_json().encode())


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def standing(channel: Channel | None) -> tuple[int, str | None]:
    """What changes with every release of a champion, even if the channel began anew."""
    if channel is None:
        return 0, None
    return channel.sequence, channel.champion.model_tag if channel.champion else None


def _standing(name: str) -> tuple[int, str | None]:
    """What is unreadable now is followed once it is mended."""
    try:
        path = channel_path(releases_home(), name)
        return standing(parse_channel(path.read_bytes(), name) if path.exists() else None)
    except (GatehouseError, OSError) as error:
        logger.error("%s: %s; the Bento's own release is served", name, error)
        return standing(None)


class Runtime:
    """Reads and writes the folder."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / STATE_FILE
        self._lock = folder / "lock"
        self._workers = folder / WORKERS_FOLDER

    def state(self) -> ServerState:
        """What all workers have to do."""
        return ServerState.model_validate_json(self._state.read_bytes())

    def change(self, change: Callable[[ServerState], ServerState]) -> ServerState:
        """Replace the state by what ``change`` makes of it; nobody changes it meanwhile."""
        with locked(self._lock):
            state = change(self.state())
            _write(self._state, state)
        return state

    def set_traffic(self, name: str, traffic: Traffic) -> int:
        """Set the traffic of a model; returns the generation that has it."""
        return self.change(
            lambda state: state.model_copy(
                update={
                    "generation": state.generation + 1,
                    "traffic": state.traffic | {name: traffic},
                }
            )
        ).generation

    def ask_reload(self) -> int:
        """Ask all workers to look at the channels; returns the number of this request."""
        return self.change(
            lambda state: state.model_copy(update={"reloads": state.reloads + 1})
        ).reloads

    def accept(self, release: Release) -> None:
        """Note what a restarted worker serves if what is released then can't be."""
        self.change(
            lambda state: state.model_copy(
                update={"accepted": state.accepted | {release.name: release}}
            )
        )

    def join(self, pid: int) -> BinaryIO:
        """Count as a living worker for as long as the file that is returned stays open.

        Raises:
            BlockingIOError: a living worker has this process id; a process can be one worker.
        """
        life = (self._workers / f"{pid}.lock").open("wb")
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.report(WorkerReport(pid=pid, generation=-1, reloads=-1, models={}))
        return life

    def report(self, report: WorkerReport) -> None:
        """Tell the others what a worker does."""
        _write(self._workers / f"{report.pid}.json", report)

    def workers(self) -> list[WorkerReport]:
        """What the living workers do."""
        return [
            WorkerReport.model_validate_json(path.read_bytes())
            for path in sorted(self._workers.glob("[0-9]*.json"))
            # A process id alone may be somebody else's by now.
            if is_locked(path.with_suffix(".lock"))
        ]
