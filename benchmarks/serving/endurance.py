"""Many requests to one server: does any of its processes grow?"""

from dataclasses import dataclass

import click

from benchmarks.serving.contenders import Contender
from benchmarks.serving.load import FEW
from benchmarks.serving.models import Model
from benchmarks.serving.session import Session, session
from benchmarks.serving.targets import Finding, finding

WARM_UP, REQUESTS = 20_000, 300_000
SLICE_SECONDS = 5


@dataclass(frozen=True)
class Endurance:
    """What a long run showed.

    Attributes:
        requests: Answered after the warm-up.
        errors: Of all requests.
        before_mb: Resident memory by process id after the warm-up.
        after_mb: The same after the requests.
    """

    requests: int
    errors: int
    before_mb: dict[int, float]
    after_mb: dict[int, float]

    @property
    def growth_percent(self) -> list[float]:
        """Of each process."""
        return [(self.after_mb[pid] / before - 1) * 100 for pid, before in self.before_mb.items()]


def endure(
    contender: Contender,
    model: Model,
    workers: int,
    requests: int = REQUESTS,
    warm_up: int = WARM_UP,
) -> Endurance:
    """Send requests over 10 connections, in slices, until there were enough of them."""
    with session(contender, model, workers) as running:
        running.check()
        _, early = _send(running, warm_up)
        before = running.server.rss_by_process()
        sent, late = _send(running, requests)
        after = running.server.rss_by_process()
        if before.keys() != after.keys():
            raise click.ClickException(f"processes came or went: {before} became {after} (MB)")
        running.check()
        return Endurance(sent, early + late, before, after)


def judge_endurance(found: Endurance) -> list[Finding]:
    """The process that grew most, and errors, against the targets."""
    growth = max(found.growth_percent)
    return [
        finding(f"largest growth over {found.requests:,} requests, %", [growth], "<", 5.0),
        finding("errors", [found.errors], "<=", 0.0),
    ]


def _send(running: Session, requests: int) -> tuple[int, int]:
    """Send at least this many; gives how many were answered, and the errors."""
    sent = errors = 0
    while sent < requests:
        sample = running.load(FEW, SLICE_SECONDS)
        sent, errors = sent + sample.requests, errors + sample.errors
        click.echo(f"{sent:,} of {requests:,} requests", err=True)
    running.server.settle()
    return sent, errors
