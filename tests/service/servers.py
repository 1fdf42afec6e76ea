"""What the tests of a running server share: releases in a store, servers, requests and load."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil  # type: ignore[import-untyped]
import yaml
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from adapters.bento import build_bento, store_model
from adapters.channel import read_channel
from core.channel import model_path
from core.release import SCORER_FOLDER, Bundle, Release
from tests.channels import write_channel
from tests.serving import FACTS, Fitted, fit, headlines, own_bentoml_home

START_SECONDS, STOP_SECONDS = 60.0, 30.0
ADMIN_KEY = "gh_the_key_of_the_tests"
API_KEYS = f"operator:admin:{sha256(ADMIN_KEY.encode()).hexdigest()}"
ADMIN = {"X-API-Key": ADMIN_KEY}
TEXTS = headlines(200, seed=9)[0]
WORKER = "_bentoml_impl.worker.service"


@dataclass(frozen=True)
class Store:
    """A BentoML home with two releases of one model, and a Bento of the first.

    Attributes:
        home: The folder.
        tag: Of the Bento.
        fitted: The estimators by version, ``1`` and ``2``.
        releases: The same versions, as they are in the store.
    """

    home: Path
    tag: str
    fitted: Mapping[str, Fitted]
    releases: Mapping[str, Release]

    def expected(self, texts: list[str] = TEXTS) -> dict[str, np.ndarray]:
        """What each estimator answers by version, shape (texts, classes)."""
        return {v: fitted.estimator.predict_proba(texts) for v, fitted in self.fitted.items()}

    def again(self, version: str, new: str) -> Release:
        """A copy of a release under a new version."""
        fitted = self.fitted[version]
        return _store(fitted, new)


@contextmanager
def packed(folder: Path) -> Iterator[Store]:
    """Fit, store and build."""
    fitted = {"1": fit(folder / "1", seed=1), "2": fit(folder / "2", seed=77)}
    with own_bentoml_home(folder / "home") as home:
        releases = {version: _store(model, version) for version, model in fitted.items()}
        tag = build_bento(Bundle(releases=(releases["1"],)), "news")
        yield Store(home, tag, fitted, releases)


def _store(fitted: Fitted, version: str) -> Release:
    return store_model(
        name="news",
        version=version,
        token="a",
        scorer=fitted.model,
        golden=fitted.golden,
        facts=FACTS,
    )


def promote(release: Release) -> None:
    """Make it the champion, for a server that started with it too; who stands beside it stays."""
    channel = read_channel("news")
    rival = channel.challenger if channel else None
    write_channel("news", None, rival)
    write_channel("news", release, rival)


def challenge(release: Release | None) -> None:
    """Put it beside the champion; None takes the challenger away."""
    channel = read_channel("news")
    write_channel("news", channel.champion if channel else None, release)


def scorer_file(store: Store, release: Release) -> Path:
    """The largest file of a released scorer."""
    folder = model_path(store.home, release.model_tag) / SCORER_FOLDER
    return max(folder.iterdir(), key=lambda file: file.stat().st_size)


def flip_byte(file: Path) -> None:
    """Alter one byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@dataclass
class Server:
    """A running ``bentoml serve``.

    Attributes:
        process: BentoML's own, the parent of the workers; leads a process group.
        port: Where it listens.
        folder: With ``serve.log``, the prediction log and the server's temporary files.
    """

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def output(self) -> str:
        """What all processes have printed."""
        return (self.folder / "serve.log").read_text()

    @property
    def log(self) -> Path:
        """The prediction log."""
        return self.folder / "log"

    def client(self) -> httpx.Client:
        """With the admin's key."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, headers=ADMIN)

    def get(self, path: str) -> Any:
        """The JSON of a route, over a connection of its own."""
        with self.client() as client:
            return client.get(path).json()

    def samples(self, name: str) -> list[Sample]:
        """The series of a metric."""
        with self.client() as client:
            families = text_string_to_metric_families(client.get("/metrics").text)
        return [sample for family in families for sample in family.samples if sample.name == name]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels."""
        found = [s for s in self.samples(name) if labels.items() <= s.labels.items()]
        return sum(sample.value for sample in found)

    def workers(self) -> list[psutil.Process]:
        """Those that run, or have just been started."""
        found = psutil.Process(self.process.pid).children()
        return [process for process in found if _is_worker(process)]

    def memory(self) -> int:
        """Resident bytes of all workers."""
        return sum(int(worker.memory_info().rss) for worker in self.workers())

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30) -> float:
        """Seconds until it held; fails with the server's output when it does not."""
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            if condition():
                return time.monotonic() - begin
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} seconds:\n{self.output}")

    def serves(self, version: str, workers: int = 2) -> bool:
        """Whether every worker does."""
        reports = self.get("/admin/traffic")["workers"]
        champions = [report["models"].get("news", {}).get("champion") for report in reports]
        return champions == [version] * workers

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal to the parent; gives its exit code once no process is left."""
        family = [psutil.Process(self.process.pid), *self.workers()]
        self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        _, alive = psutil.wait_procs(family[1:], timeout=5)
        assert not alive, f"the server left processes behind:\n{self.output}"
        return code

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to all processes at once."""
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL for all that is left of it."""
        with suppress(ProcessLookupError):
            self.signal_group(signal.SIGKILL)
        self.process.wait()


def launch(tag: str, folder: Path, port: int = 0, **environment: str) -> Server:
    """Start a server of a Bento from a folder of its own: the Bento's sources must do."""
    for name in ("", "log", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    command = [sys.executable, "-m", "bentoml", "serve", tag, "--port", str(port)]
    variables = {
        "GATEHOUSE_API_KEYS": API_KEYS,
        "GATEHOUSE_LOG_FOLDER": str(folder / "log"),
        "TMPDIR": str(folder / "tmp"),
    }
    with (folder / "serve.log").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | variables | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(process, port, folder)


@contextmanager
def served(store: Store, folder: Path, **settings: Any) -> Iterator[Server]:
    """A server that is ready, two workers unless told otherwise; killed if it still runs then."""
    wanted = {"workers": 2, "cache_entries": 0} | settings
    server = launch(store.tag, folder, GATEHOUSE_SERVING=yaml.safe_dump(wanted))
    try:
        server.wait_until(lambda: _is_ready(server, wanted["workers"]), START_SECONDS)
        yield server
    finally:
        server.kill()


def _is_ready(server: Server, workers: int) -> bool:
    assert server.process.poll() is None, server.output
    try:
        return server.get("/health")["status"] == "ok" and server.serves("1", workers)
    except (httpx.TransportError, KeyError):
        return False


def _is_worker(process: psutil.Process) -> bool:
    try:
        return WORKER in process.cmdline()
    except psutil.Error:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def note(record: Callable[[str, object], None], figure: str, value: float) -> None:
    """Keep a figure where ``benchmarks/faults.py`` finds it, and print it."""
    shown = round(value, 3)
    record(figure, shown)
    sys.stdout.write(f"{figure}: {shown}\n")
