"""What the service must reach, and whether it does."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from benchmarks.serving.contenders import ASYNC, BENTO, LIMIT, MLFLOW_SERVE, OURS, SYNC
from benchmarks.serving.load import BATCH, FEW, LOADS, MANY, Load
from benchmarks.serving.rounds import Visits

PLAIN = "FastAPI"  # the faster of its two variants
MET, NOT_MET = "met", "NOT met"
Quantity = Literal["rps", "p99_ms", "cpu_us", "errors"]
Comparison = Literal[">=", "<=", "<"]
_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
}
_TITLES: dict[Quantity, str] = {
    "rps": "requests/s",
    "p99_ms": "p99 ms",
    "cpu_us": "CPU µs",
    "errors": "errors",
}
_TIMES_PLAIN = {"lr": 2.5, "svm": 5.0}


@dataclass(frozen=True)
class Target:
    """A bound on a quantity of ours under a load, or on its ratio to a peer's.

    Attributes:
        load: Under which load.
        quantity: Of a sample.
        peer: Whose the ratio is to; None: no ratio.
        comparison: With the bound; None: only shown.
        bound: What to compare with.
    """

    load: Load
    quantity: Quantity
    peer: str | None = None
    comparison: Comparison | None = None
    bound: float = 0.0

    @property
    def name(self) -> str:
        """For tables."""
        over = f" / {self.peer}" if self.peer else ""
        return f"{self.load.name}: {_TITLES[self.quantity]}{over}"


@dataclass(frozen=True)
class Finding:
    """A quantity over several measurements; the verdict is on the median, None without a bound."""

    name: str
    median: float
    low: float
    high: float
    target: str = ""
    verdict: str = ""


def targets(model: str) -> list[Target]:
    """The targets for a model, and ratios that are only shown."""
    return [
        Target(FEW, "rps", PLAIN, ">=", _TIMES_PLAIN[model]),
        Target(FEW, "rps", LIMIT, ">=", 0.75),
        Target(FEW, "rps", MLFLOW_SERVE, ">=", 5.0),
        Target(FEW, "rps", BENTO),
        Target(FEW, "cpu_us", PLAIN),
        Target(FEW, "cpu_us", LIMIT),
        Target(FEW, "p99_ms", PLAIN, "<=", 1.0),
        Target(MANY, "p99_ms", None, "<", 150.0),
        Target(BATCH, "rps", PLAIN, ">=", 1.5),
        *(Target(load, "errors", None, "<=", 0.0) for load in LOADS),
    ]


def judge(model: str, visits: Visits) -> list[Finding]:
    """Compare ours with its peers round by round, then with the targets."""
    return [_judge(target, visits) for target in targets(model)]


def finding(
    name: str, values: Sequence[float], comparison: Comparison | None = None, bound: float = 0.0
) -> Finding:
    """Summarise measurements; the verdict, if there is a bound, is on their median."""
    middle, verdict = median(values), ""
    if comparison:
        verdict = MET if _COMPARE[comparison](middle, bound) else NOT_MET
    target = f"{comparison} {bound:g}" if comparison else ""
    return Finding(name, middle, min(values), max(values), target, verdict)


def plain_peer(visits: Visits, load: Load) -> str:
    """The variant of the plain FastAPI service that answers more under this load."""
    return max((SYNC, ASYNC), key=lambda name: median(_values(visits, name, load, "rps")))


def _judge(target: Target, visits: Visits) -> Finding:
    values = _values(visits, OURS, target.load, target.quantity)
    if target.peer:
        peer = plain_peer(visits, target.load) if target.peer == PLAIN else target.peer
        theirs = _values(visits, peer, target.load, target.quantity)
        values = [a / b for a, b in zip(values, theirs, strict=True)]
    if target.quantity == "errors":
        values = [sum(values)]  # One is too many, in whichever round.
    return finding(target.name, values, target.comparison, target.bound)


def _values(visits: Visits, name: str, load: Load, quantity: Quantity) -> list[float]:
    return [float(getattr(visit.samples[load.name], quantity)) for visit in visits[name]]
