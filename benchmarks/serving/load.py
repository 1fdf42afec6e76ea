"""Load from wrk, and what it costs the server."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import click

from benchmarks.serving.contenders import HOST, Api
from benchmarks.serving.servers import Server, busy_seconds

SCRIPT = Path(__file__).with_name("wrk.lua")
BATCH_BODIES = 128


@dataclass(frozen=True)
class Load:
    """How a server is asked: ``texts`` per request, over kept-alive ``connections``."""

    name: str
    connections: int
    texts: int = 1


FEW, MANY = Load("10 conn.", 10), Load("100 conn.", 100)
BATCH = Load("batches", 10, texts=100)
LOADS = (FEW, MANY, BATCH)


@dataclass(frozen=True)
class Sample:
    """What one load measured.

    Attributes:
        rps: Answered requests per second.
        p50_ms: Median latency.
        p99_ms: 99th percentile of the latency.
        errors: Answers with a status of 400 and above, failed connections, time-outs.
        cpu_us: User and system time of all the server's processes per request, µs.
        requests: Answered requests.
        others: Cores that were busy with neither the server nor wrk; a high figure spoils the rest.
    """

    rps: float
    p50_ms: float
    p99_ms: float
    errors: int
    cpu_us: float
    requests: int
    others: float


def write_bodies(api: Api, texts: Sequence[str], load: Load, file: Path) -> Path:
    """Write the requests of a load, one JSON body a line; returns the file."""
    if load.texts == 1:
        bodies = [api.ask_one(text) for text in texts]
    else:
        random = Random(0)
        bodies = [api.ask_many(random.sample(texts, load.texts)) for _ in range(BATCH_BODIES)]
    file.write_text("".join(f"{json.dumps(body)}\n" for body in bodies))
    return file


def measure(server: Server, api: Api, load: Load, bodies: Path, seconds: int) -> Sample:
    """Load a server for some seconds.

    Raises:
        click.ClickException: wrk failed, or nothing was answered.
    """
    path = api.one if load.texts == 1 else api.many
    busy, cpu = busy_seconds(), server.cpu_seconds()
    found, wrk_cpu = _wrk(f"http://{HOST}:{server.port}{path}", bodies, load, seconds)
    cpu = server.cpu_seconds() - cpu
    others = max(busy_seconds() - busy - cpu - wrk_cpu, 0)
    if not found["requests"]:
        raise click.ClickException(f"no answer under load; see {server.log}")
    return Sample(
        rps=found["requests"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        errors=int(found["errors"]),
        cpu_us=cpu / found["requests"] * 1e6,
        requests=int(found["requests"]),
        others=others / found["seconds"],
    )


def _wrk(url: str, bodies: Path, load: Load, seconds: int) -> tuple[dict[str, float], float]:
    """What the script printed, and the CPU seconds of wrk itself."""
    # One thread: it is far from busy, and the server needs the cores.
    size = ["--threads", "1", "--connections", str(load.connections), "--duration", f"{seconds}s"]
    command = ["wrk", *size, "--timeout", "10s", "--script", str(SCRIPT), url, "--", str(bodies)]
    before = os.times()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    after = os.times()
    lines = done.stdout.splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise click.ClickException(f"wrk: {done.stderr or done.stdout}")
    cpu = after.children_user + after.children_system
    return json.loads(lines[-1]), cpu - before.children_user - before.children_system
