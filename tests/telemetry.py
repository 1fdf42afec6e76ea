"""What the tests of metrics and prediction log share: events, and programs that make them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from core.release import Release
from service.events import Answer, Feedback, Served

ROOT = Path(__file__).parent.parent
LABELS = ("World", "Sports", "Business")


def served(version: str = "1", role: str = "champion", name: str = "news") -> Served:
    release = Release(
        name=name,
        version=version,
        model_tag=f"{name}:{version}",
        scorer_sha256="5" * 64,
        golden_sha256="0" * 64,
        metrics={},
        lineage={"config_hash": "c0", "data_fingerprint": "d0"},
        released_at="2026-11-20T00:00:00Z",
    )
    return Served(release, role, LABELS)


def answer(number: int = 0, **changes: Any) -> Answer:
    made = Answer(
        time=1_700_000_000.25 + number,
        request_id=f"request-{number}",
        model="news",
        version="1",
        role="champion",
        text=f"shares and treaties {number}",
        label_id=number % 3,
        probabilities=[0.5, 0.3, 0.2],
        latency=0.0005,
    )
    return made._replace(**changes)


def feedback(number: int = 0, **changes: Any) -> Feedback:
    made = Feedback(
        time=1_700_000_100.0 + number,
        request_id=f"request-{number}",
        model="news",
        version="1",
        label_id=0,
        predicted_label_id=number % 3,
    )
    return made._replace(**changes)


def program(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs ``code``; its arguments are in ``sys.argv[1:]``."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What a program printed, once it has ended well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out
