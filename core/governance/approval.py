"""People's votes on a candidate: who may cast one, and what they add up to.

A name is compared without regard to case, width and spaces around it. On a local ZenML store
nobody proves who they are, so there a name is no more than what was typed; where ZenML
authenticates its users, two names of one user count as one person too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.config.promotion import ApproversConfig
from core.errors import LedgerError
from core.governance.ledger import Entry
from core.governance.state import is_finish
from core.governance.words import Name, Reason, is_reserved, name_key

Outcome = Literal["pending", "approved", "rejected", "cancelled", "expired"]
Act = Literal["approval", "rejection", "cancellation"]
VOTER = "zenml_user"  # key of a vote's details: who cast it, where somebody else wrote it down

_OUTCOMES: dict[str, Outcome] = {
    "approval": "approved",
    "rejection": "rejected",
    "cancellation": "cancelled",
    "expiry": "expired",
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Record):
    """Who votes: the name given, and the user that ZenML knows."""

    name: str
    user: str

    def is_same(self, other: "Person", *, authenticated: bool) -> bool:
        """Whether both are one person; users count where ZenML authenticates them."""
        same_user = authenticated and self.user == other.user
        return same_user or name_key(self.name) == name_key(other.name)


class Answer(_Record):
    """What resolves the wait of a run; ZenML checks it when somebody answers."""

    approved: bool
    by: Name = Field(description="Who decides.")
    reason: Reason = Field(description="Why.")


class Settlement(_Record):
    """What the votes on a run add up to.

    Attributes:
        outcome: "pending" until it is settled; then it stays, but for a cancelled approval.
        missing: Approvals that are still needed; 0 unless pending.
        votes: What people, or the clock, did, in order.
        since: When the candidate was submitted, UTC.
        expires: When a pending candidate expires, UTC; None: never.
    """

    outcome: Outcome
    missing: int
    votes: tuple[Entry, ...]
    since: datetime
    expires: datetime | None

    @property
    def text(self) -> str:
        """One line for a reader."""
        if self.outcome == "pending":
            until = f", until {self.expires:%Y-%m-%d %H:%M} UTC" if self.expires else ""
            return f"waits for {self.missing} more approval{'s' * (self.missing > 1)}{until}"
        if self.outcome == "expired":
            return f"expired at {self.expires:%Y-%m-%d %H:%M:%S} UTC, before enough people approved"
        names = [vote.by for vote in self.votes if _OUTCOMES[vote.action] == self.outcome]
        return f"{self.outcome} by {', '.join(names)}: {self.votes[-1].reason}"


def settle(
    entries: Sequence[Entry], run: str, approvers: ApproversConfig, now: datetime
) -> Settlement:
    """What the votes on a run add up to: one rejection is enough, approvals have a quorum.

    What was approved can still be cancelled: nobody is bound to release it.

    Args:
        entries: The model's whole ledger, in order.
        run: The run whose candidate waits.
        approvers: Who has to say yes.
        now: The time, with its zone.

    Raises:
        LedgerError: the candidate was never submitted.
    """
    since = datetime.fromisoformat(submission_of(entries, run).at)
    hours = approvers.expires_hours
    expires = None if hours is None else since + timedelta(hours=hours)
    votes, approvals = tuple(_votes(entries, run)), 0

    def settlement(outcome: Outcome, missing: int = 0, until: int | None = None) -> Settlement:
        return Settlement(
            outcome=outcome, missing=missing, votes=votes[:until], since=since, expires=expires
        )

    for place, vote in enumerate(votes, start=1):
        if vote.action == "approval":
            approvals += 1
        elif vote.action == "cancellation" or approvals < approvers.count:
            return settlement(_OUTCOMES[vote.action], until=place)
    if approvals >= approvers.count:
        return settlement("approved")
    if expires is not None and now >= expires:
        return settlement("expired")
    return settlement("pending", missing=approvers.count - approvals)


def objection(
    entries: Sequence[Entry],
    run: str,
    approvers: ApproversConfig,
    act: Act,
    voter: Person,
    *,
    now: datetime,
    authenticated: bool,
) -> str | None:
    """Why this person can't do this now; None if they can.

    Args:
        entries: The model's whole ledger, in order.
        run: The run whose candidate waits.
        approvers: Who has to say yes.
        act: What the person wants to do.
        voter: The person.
        now: The time, with its zone.
        authenticated: Whether ZenML authenticates its users.
    """
    if is_reserved(voter.name):
        return f"the name {voter.name!r} is reserved for automatic acts"
    settlement = settle(entries, run, approvers, now)
    if act == "cancellation" and settlement.outcome == "approved":
        return "it is released already" if release_of(entries, run) else None
    if settlement.outcome != "pending":
        return f"the candidate is settled: {settlement.text}"
    starter = submission_of(entries, run)
    is_starter = person(starter).is_same(voter, authenticated=authenticated)
    if act == "approval" and approvers.not_starter and is_starter:
        return (
            f"{voter.name} (ZenML user {voter.user}) started the run, and "
            "promotion.approvers.not_starter is true: somebody else has to approve"
        )
    if act != "cancellation":
        for vote in settlement.votes:
            if person(vote).is_same(voter, authenticated=authenticated):
                return f"{voter.name} voted already: {vote.action} in entry {vote.number}"
    return None


def repeated(
    entries: Sequence[Entry], run: str, act: Act, voter: Person, *, authenticated: bool
) -> Entry | None:
    """The same act of the same person, if it is in the ledger already."""
    return next(
        (
            vote
            for vote in _votes(entries, run)
            if vote.action == act and person(vote).is_same(voter, authenticated=authenticated)
        ),
        None,
    )


def release_of(entries: Sequence[Entry], run: str) -> Entry | None:
    """The entry that completed the release of a run's candidate, at once or by a repair."""
    ends = (e for e in entries if e.action in ("promotion", "challenge") or is_finish(e))
    return next((entry for entry in ends if entry.run == run), None)


def submission_of(entries: Sequence[Entry], run: str) -> Entry:
    """The entry that brought a run's candidate to the gate.

    Raises:
        LedgerError: there is none.
    """
    for entry in entries:
        if entry.run == run and entry.action == "submission":
            return entry
    raise LedgerError(f"the ledger has no submission of run {run}")


def person(entry: Entry) -> Person:
    """Who is behind an entry."""
    return Person(name=entry.by, user=entry.details.get(VOTER, entry.user))


def _votes(entries: Sequence[Entry], run: str) -> Iterator[Entry]:
    return (entry for entry in entries if entry.run == run and entry.action in _OUTCOMES)
