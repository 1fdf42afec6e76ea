"""Cold starts: seconds to the first right answer, and memory after 1,000 requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.measure import in_turns
from benchmarks.serving.contenders import CACHED, Contender
from benchmarks.serving.models import Model
from benchmarks.serving.servers import Memory
from benchmarks.serving.session import session
from benchmarks.serving.targets import Finding, finding

REQUESTS = 1_000


@dataclass(frozen=True)
class Start:
    """One cold start: the server's, not the machine's; its files are in the page cache."""

    seconds: float
    memory: Memory


Starts = dict[str, list[Start]]


def start_in_turns(model: Model, found: Sequence[Contender], workers: int, rounds: int) -> Starts:
    """Start each contender once a round."""
    cases = {contender.name: partial(_start, contender, model, workers) for contender in found}
    return in_turns(cases, rounds)


def judge_starts(starts: Starts) -> list[Finding]:
    """Ours, as it is served by default, against the targets."""
    ours = starts[CACHED]
    memories = [start.memory for start in ours]
    return [
        finding("cold start, s", [start.seconds for start in ours], "<", 5.0),
        finding("memory of all processes, PSS, MB", [m.pss_mb for m in memories], "<", 250.0),
        finding("memory of all processes, RSS, MB", [m.rss_mb for m in memories], "<", 250.0),
    ]


def _start(contender: Contender, model: Model, workers: int) -> Start:
    with session(contender, model, workers) as running:
        running.ask(REQUESTS)
        running.server.settle()
        return Start(running.start_seconds, running.server.memory())
