"""A running container: an image's tree, under the restrictions that docs/container.md names."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

CONTAIN = Path(__file__).parent / "contain.sh"
STARTED_WITHIN = 90


@dataclass(frozen=True)
class Container:
    """``first`` is process 1 of the container, as seen from outside."""

    first: psutil.Process
    supervisor: subprocess.Popen[bytes]
    client: httpx.Client
    logs: Path
    output: Path

    def workers(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        children = self.first.children(recursive=True)
        return [child for child in children if any("worker" in w for w in child.cmdline())]

    def wait_until_healthy(self) -> None:
        """Until the service answers, or the test has failed."""
        deadline = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < deadline and self.supervisor.poll() is None:
            try:
                if self.client.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        pytest.fail(f"not healthy:\n{self.output.read_text()}")

    def execute(self, *command: str, **variables: str) -> int:
        """What ``docker exec`` does, in the container's own environment; gives the exit code."""
        target, user = self.first.pid, self.first.uids().real
        enter = ("nsenter", f"--target={target}", "--mount", "--pid", "--root", "--wd=/")
        environment = self.first.environ() | variables
        pairs = [f"{key}={value}" for key, value in environment.items()]
        identity = (f"--setuid={user}", f"--setgid={user}")
        done = subprocess.run(
            [*enter, *identity, "env", "-i", *pairs, *command], capture_output=True, check=False
        )
        return done.returncode

    def stop(self) -> int:
        """What ``docker stop`` does; gives the exit code."""
        self.first.send_signal(signal.SIGTERM)
        return self.supervisor.wait(30)


@contextmanager
def started(root: Path, config: Any, folder: Path, port: int) -> Iterator[Container]:
    """Run the image's own entry point as its own user; healthy when the block begins."""
    uid, _, _ = config["User"].partition(":")
    logs, output = folder / "logs", folder / "output"
    logs.mkdir()
    os.chown(logs, int(uid), int(uid))
    variables = [*config["Env"], "BENTOML_HOST=127.0.0.1", f"BENTOML_PORT={port}"]
    unshare = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    enter = (CONTAIN, root, logs, uid, "env", "-i", f"--chdir={config['WorkingDir']}")
    with output.open("wb") as file:
        supervisor = subprocess.Popen(
            [*unshare, *enter, *variables, *config["Entrypoint"], *(config["Cmd"] or ())],
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            first = _first_process(supervisor)
            container = Container(first, supervisor, client, logs, output)
            container.wait_until_healthy()
            yield container
    finally:
        supervisor.kill()
        supervisor.wait()


def _first_process(supervisor: subprocess.Popen[bytes]) -> psutil.Process:
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline:
        if children := psutil.Process(supervisor.pid).children():
            return children[0]
        time.sleep(0.01)
    pytest.fail("the container did not start")
