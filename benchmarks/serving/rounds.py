"""The comparison: every contender in turns, each started anew and alone on the machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.measure import in_turns
from benchmarks.serving.contenders import Contender
from benchmarks.serving.load import FEW, LOADS, Sample
from benchmarks.serving.models import Model
from benchmarks.serving.servers import Memory
from benchmarks.serving.session import session

WARM_UP_SECONDS = 2


@dataclass(frozen=True)
class Visit:
    """What one contender showed in one round: a sample of each load, then its memory."""

    samples: dict[str, Sample]
    memory: Memory


Visits = dict[str, list[Visit]]


def visit_in_turns(
    model: Model, found: Sequence[Contender], workers: int, rounds: int, seconds: int
) -> Visits:
    """Visit each contender once a round.

    Raises:
        click.ClickException: A contender does not start, or its answers are not the estimator's.
    """
    cases = {
        contender.name: partial(_visit, contender, model, workers, seconds) for contender in found
    }
    return in_turns(cases, rounds)


def _visit(contender: Contender, model: Model, workers: int, seconds: int) -> Visit:
    with session(contender, model, workers) as running:
        running.check()
        running.load(FEW, WARM_UP_SECONDS)
        samples = {load.name: running.load(load, seconds) for load in LOADS}
        return Visit(samples, running.server.memory())
