"""A server and all its processes: started, watched, asked and, for sure, stopped."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import click
import psutil  # type: ignore[import-untyped]

from benchmarks.serving.contenders import HOST, Launch

START_SECONDS, STOP_SECONDS = 90.0, 15.0
MARK = "GATEHOUSE_BENCHMARK_SERVER"
_MB = 1e6
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


@dataclass(frozen=True)
class Memory:
    """Memory of all processes of a server, MB: shared pages count in each (rss), or once (pss)."""

    rss_mb: float
    pss_mb: float


@dataclass
class Server:
    """A running server.

    Attributes:
        port: Where it listens.
        log: File with what it prints.
        mark: In the environment of each of its processes, and of no other.
        started: ``time.perf_counter()`` just before its start.
    """

    port: int
    log: Path
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    started: float = field(default_factory=time.perf_counter)

    def processes(self) -> list[psutil.Process]:
        """All of them, however they came to be, wherever they hang in the process tree."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark:
                    found.append(process)
            except _GONE:
                continue
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all processes so far, and of the children they waited for."""
        return sum(sum(process.cpu_times()[:4]) for process in self.processes())

    def memory(self) -> Memory:
        """What they hold now."""
        found = [process.memory_full_info() for process in self.processes()]
        rss, pss = (sum(getattr(info, name) for info in found) for name in ("rss", "pss"))
        return Memory(rss / _MB, pss / _MB)

    def rss_by_process(self) -> dict[int, float]:
        """Resident memory by process id, MB."""
        return {process.pid: process.memory_info().rss / _MB for process in self.processes()}

    @contextmanager
    def connection(self) -> Iterator[HTTPConnection]:
        """A connection that is kept alive."""
        connection = HTTPConnection(HOST, self.port, timeout=START_SECONDS)
        try:
            yield connection
        finally:
            connection.close()

    def settle(self, limit: float = 30.0) -> None:
        """Wait until its processes have nothing left to do, such as to start more workers."""
        end, before = time.perf_counter() + limit, self.cpu_seconds()
        while time.perf_counter() < end:
            time.sleep(0.5)
            now = self.cpu_seconds()
            if now - before < 0.05:
                return
            before = now


def post(connection: HTTPConnection, path: str, body: object) -> Any:
    """The JSON answer to a JSON body.

    Raises:
        click.ClickException: The status is not 200.
        OSError, HTTPException: The connection failed.
    """
    headers = {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise click.ClickException(f"{path}: status {response.status}: {content[:300]!r}")
    return json.loads(content)


@contextmanager
def serving(
    name: str, launch: Callable[[int], Launch], answers: Callable[[Server], None], log: Path
) -> Iterator[tuple[Server, float]]:
    """Start a server, wait for its first right answer, and stop it with all its processes.

    Args:
        name: For messages.
        launch: Takes the port.
        answers: Asks the server; an OSError or HTTPException means "not yet", a ClickException that
            it never will.
        log: File for what it prints.

    Yields:
        The server, and the seconds from its start to the first right answer.

    Raises:
        click.ClickException: It ended, or gave no answer in time; with the end of its log.
    """
    server = Server(_free_port(), log)
    process = _start(launch(server.port), server)
    try:
        yield server, _first_answer(name, process, server, answers)
    finally:
        _stop(process, server)


def busy_seconds() -> float:
    """CPU seconds of the whole machine so far, with what its host took away."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _start(launch: Launch, server: Server) -> subprocess.Popen[bytes]:
    inherited = {key: value for key, value in os.environ.items() if "GATEHOUSE" not in key}
    # MLflow starts uvicorn by its bare name.
    inherited["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {**inherited, **launch.environment, MARK: server.mark}
    with server.log.open("wb") as log:
        return subprocess.Popen(
            launch.command, cwd=launch.folder, env=variables, stdout=log, stderr=subprocess.STDOUT
        )


def _first_answer(
    name: str,
    process: subprocess.Popen[bytes],
    server: Server,
    answers: Callable[[Server], None],
) -> float:
    while time.perf_counter() - server.started < START_SECONDS:
        try:
            answers(server)
            return time.perf_counter() - server.started
        except (OSError, HTTPException):
            if process.poll() is not None:
                break
            time.sleep(0.02)
    raise click.ClickException(f"{name} does not answer\n{server.log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen[bytes], server: Server) -> None:
    """Ask the first process to end; kill whatever is left of the server."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    while left := server.processes():
        for child in left:
            try:
                child.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
