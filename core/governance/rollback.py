"""Where production can go back to, and what that changes; from the ledger alone."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from core.errors import LedgerError
from core.governance.ledger import Entry, Standing
from core.governance.state import LedgerState, after, state_of

# Keys of the details of the entry that released a version.
SCORER_SHA256 = "scorer_sha256"
GOLDEN_SHA256 = "golden_sha256"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tenure(NamedTuple):
    """A version in production, and the entry that put it there."""

    version: str
    began: Entry


class Side(_Record):
    """One of the two versions of a plan, as its release recorded it.

    Attributes:
        version: In ZenML's Model Control Plane.
        mlflow_version: In MLflow's registry.
        bento: Exact tag.
        model_sha256: Of the fitted estimator's file, by the ledger.
        metrics: On the test split.
        released_at: UTC, ISO 8601.
        released_by: Who put it into production first.
    """

    version: str
    mlflow_version: str
    bento: str
    model_sha256: str
    metrics: dict[str, float]
    released_at: str
    released_by: str


class Plan(_Record):
    """A rollback before it begins.

    Attributes:
        model: The model's name.
        before: The standing now.
        source: The version in production.
        target: The version to go back to.
    """

    model: str
    before: Standing
    source: Side
    target: Side

    @property
    def after(self) -> Standing:
        """The standing afterwards: a challenger stays, unless it is what comes back."""
        rival = self.before.challenger
        target = self.target.version
        return Standing(production=target, challenger=None if rival == target else rival)

    def changes(self) -> list[tuple[str, str, str]]:
        """What changes, from, to."""
        before, after = self.source, self.target
        rows = [
            ("ZenML stage production", before.version, after.version),
            ("MLflow alias champion", before.mlflow_version, after.mlflow_version),
            ("Bento of the channel", before.bento, after.bento),
            ("SHA-256 of the model", before.model_sha256, after.model_sha256),
            ("in production first", _first(before), _first(after)),
        ]
        both = [name for name in before.metrics if name in after.metrics]
        return rows + [
            (f"test {name}", f"{before.metrics[name]:.4f}", f"{after.metrics[name]:.4f}")
            for name in both
        ]


def tenures(entries: Sequence[Entry]) -> list[Tenure]:
    """Who was in production, in order; a version that came back is there again."""
    found: list[Tenure] = []
    _, *states = accumulate(entries, after, initial=LedgerState())
    for entry, state in zip(entries, states, strict=True):
        version = state.standing.production
        if version is not None and (not found or found[-1].version != version):
            found.append(Tenure(version, entry))
    return found


def predecessor(entries: Sequence[Entry]) -> str | None:
    """Whom the version in production replaced when it was new; None if it was the first.

    Going back drops what came later: after 1, 2, back to 1, there is nothing before 1, and after a
    promotion of 3 then, 1 is before it. So a second rollback never returns to what the first left.
    """
    trail: list[str] = []
    for version, _ in tenures(entries):
        if version in trail:
            del trail[trail.index(version) + 1 :]
        else:
            trail.append(version)
    return trail[-2] if len(trail) > 1 else None


def choose_target(model: str, entries: Sequence[Entry], to: str | None = None) -> str:
    """The version to go back to: ``to``, or else the one before.

    Raises:
        LedgerError: it never was in production, is there now, or there is none before.
    """
    state = state_of(entries)
    current = state.standing.production
    if current is None:
        raise LedgerError(f"no version of {model} is in production; look: run.py status {model}")
    others = [version for version in state.served if version != current]
    if not others:
        raise LedgerError(f"{model} has nothing to go back to: only version {current} ever served")
    choices = "choose " + " or ".join(f"--to {version}" for version in others)
    if to is None:
        to = predecessor(entries)
        if to is None:
            raise LedgerError(f"{model} version {current} was the first in production; {choices}")
    elif to == current:
        raise LedgerError(f"{model} version {to} is in production now; {choices}")
    if to not in others:
        raise LedgerError(f"{model} version {to} was never in production; {choices}")
    return to


def release_entry(entries: Sequence[Entry], number: str) -> Entry:
    """The entry that says of what bytes a version was made.

    Raises:
        LedgerError: there is none.
    """
    for entry in entries:
        if entry.version == number and SCORER_SHA256 in entry.details:
            return entry
    raise LedgerError(f"the ledger does not say what version {number} was made of")


def _first(side: Side) -> str:
    return f"{side.released_at} by {side.released_by}"
