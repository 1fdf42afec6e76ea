"""People's votes in the ledger.

The vote is decided by the ledger's compare-and-swap: of two people who decide at once, one comes
first, and the other is told.
"""

from contextlib import suppress
from typing import NamedTuple

from zenml.client import Client
from zenml.enums import AuthScheme

from adapters.candidates import Candidate, now
from adapters.ledger import append, read_ledger
from core.errors import ApprovalError
from core.governance.approval import (
    VOTER,
    Act,
    Answer,
    Person,
    Settlement,
    objection,
    repeated,
    submission_of,
)
from core.governance.candidates import act_on
from core.governance.ledger import Entry
from core.governance.words import POLICY


class Recorded(NamedTuple):
    """A vote's entry in the ledger, and whether it was written just now."""

    entry: Entry
    is_new: bool


def require_votable(candidate: Candidate, act: Act) -> None:
    """Check that anybody at all can do this about a candidate.

    Raises:
        ApprovalError: nobody is asked about it, or its comparison does not hold any more.
    """
    case, promotion = candidate.case, candidate.config.promotion
    run = f"run {case.run[:8]} of {case.model}"
    if case.decision.outcome != "promote":
        raise ApprovalError(f"{run}: nobody is asked, the gate said {case.decision.outcome}")
    if promotion.approval != "required":
        raise ApprovalError(f"{run}: nobody is asked, promotion.approval is {promotion.approval}")
    if act == "approval" and (note := candidate.stale()) is not None:
        raise ApprovalError(f"{run}: {note}, and close this: run.py cancel {case.run}")


def vote(candidate: Candidate, act: Act, voter: Person, reason: str) -> Recorded:
    """Write a vote into the ledger; the same one again is found there.

    Raises:
        ApprovalError: this person can't do this, or the candidate is settled already.
    """
    require_votable(candidate, act)
    case, approvers = candidate.case, candidate.config.promotion.approvers
    known, entries = _users_are_known(), read_ledger(case.model)
    if found := repeated(entries, case.run, act, voter, authenticated=known):
        return Recorded(found, is_new=False)

    def require(_: object) -> None:
        # Whoever writes after this reading takes the number of the entry, and we are asked again.
        problem = objection(
            read_ledger(case.model),
            case.run,
            approvers,
            act,
            voter,
            now=now(),
            authenticated=known,
        )
        if problem is not None:
            raise ApprovalError(f"run {case.run[:8]} of {case.model}: {problem}")

    details = {} if voter.user == current_user() else {VOTER: voter.user}
    draft = act_on(submission_of(entries, case.run), act, voter.name, reason, details)
    return Recorded(append(case.model, draft, require), is_new=True)


def record_answer(candidate: Candidate, condition: str, answer: Answer) -> None:
    """Make a vote of what a wait was answered with; one of our commands wrote it before.

    An answer that is no vote is printed, for the run's log; the candidate waits on.
    """
    found = Client().list_run_wait_conditions(
        pipeline_run=candidate.case.run, name=condition, hydrate=True
    )
    user = Client().get_user(str(found.items[0].resolved_by_user_id)).name
    act: Act = "approval" if answer.approved else "rejection"
    try:
        vote(candidate, act, Person(name=answer.by, user=user), answer.reason)
    except ApprovalError as error:
        print(f"no vote: {error}")


def expire(candidate: Candidate) -> None:
    """Write down that a candidate expired; once, and unless a vote came first."""
    case = candidate.case

    def require(_: object) -> None:
        settlement = candidate.settlement()
        if settlement.outcome != "expired" or _is_written(settlement):
            raise _NotDueError

    submission = submission_of(read_ledger(case.model), case.run)
    with suppress(_NotDueError):
        text = candidate.settlement().text
        append(case.model, act_on(submission, "expiry", POLICY, text), require)


class _NotDueError(Exception):
    """Another process was first."""


def _is_written(settlement: Settlement) -> bool:
    return any(vote.action == "expiry" for vote in settlement.votes)


def current_user() -> str:
    """Who uses ZenML in this process."""
    return str(Client().active_user.name)


def _users_are_known() -> bool:
    store = Client().zen_store
    return not store.is_local_store() and (store.get_store_info().auth_scheme != AuthScheme.NO_AUTH)
