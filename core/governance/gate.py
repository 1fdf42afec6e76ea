"""What a submission demands before its run may be released, held against the record itself."""

from collections.abc import Iterator, Sequence

from core.governance.approval import Person, person
from core.governance.ledger import Draft, Entry
from core.governance.state import Candidacy, LedgerState

# Keys of a submission's details.
APPROVAL, APPROVALS, NOT_STARTER = "approval", "approvals", "not_starter"
DECISION = "decision"  # what rules and comparison came to
PROMOTE, REQUIRED, TRUE = "promote", "required", "true"

_REFUSED = frozenset({"block", "rejection", "cancellation", "expiry"})
_SAME = ("model_sha256", "config_hash", "data_fingerprint")


def demands(approval: str, count: int, *, not_starter: bool) -> dict[str, str]:
    """What a submission says about who has to approve, as details of its entry."""
    return {APPROVAL: approval, APPROVALS: str(count), NOT_STARTER: str(not_starter).lower()}


def objections(submission: Draft) -> Iterator[str]:
    """Why a submission's demands can't be met."""
    count = submission.details.get(APPROVALS, "1")
    if not _is_count(count):
        yield f"approvals is {count!r}, not a number from 1"


def missing(state: LedgerState, draft: Draft, *, is_release: bool) -> Iterator[str]:
    """Why a run can't be decided on, or released, after a state.

    A name is compared as in ``core.governance.approval``; whether two names are one user of a
    server is checked when a vote is cast.
    """
    held = None if draft.run is None else state.runs.get(draft.run)
    if held is None or held.submission is None:
        yield f"run {draft.run} was never submitted"
        return
    if held.word in _REFUSED:
        yield f"run {draft.run} has its {held.word} already"
    for field in _SAME:
        said, now = getattr(held.submission, field), getattr(draft, field)
        if None not in (said, now) and said != now:
            yield f"its {field} is {now}, that of the submission {said}"
    if is_release:
        yield from _unapproved(held.submission, held)
    elif draft.action == "approval" and _is_by_starter(held.submission, draft):
        yield f"{draft.by} started run {draft.run}; somebody else has to approve"


def _unapproved(submission: Entry, held: Candidacy) -> Iterator[str]:
    decision = submission.details.get(DECISION, PROMOTE)
    if decision != PROMOTE:
        yield f"rules and comparison said of run {submission.run}: {decision}"
    if submission.details.get(APPROVAL) != REQUIRED:
        return
    count = submission.details.get(APPROVALS, "1")
    needed = int(count) if _is_count(count) else 1
    counted = [entry for entry in held.approvals if not _is_by_starter(submission, entry)]
    found = len(_different(counted))
    if found < needed:
        yield f"run {submission.run} has {found} of {needed} approvals"


def _different(approvals: Sequence[Entry]) -> list[Person]:
    people: list[Person] = []
    for voter in map(person, approvals):
        if not any(voter.is_same(other, authenticated=False) for other in people):
            people.append(voter)
    return people


def _is_by_starter(submission: Entry, draft: Draft) -> bool:
    """Whether this is the starter's own vote, where that counts for nothing."""
    voter = Person(name=draft.by, user="")
    is_starter = person(submission).is_same(voter, authenticated=False)
    return submission.details.get(NOT_STARTER) == TRUE and is_starter


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0
