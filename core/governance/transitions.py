"""Which entries may follow which: what no writer of a ledger can have written."""

from collections.abc import Iterable, Iterator

from core.governance.gate import missing, objections
from core.governance.ledger import Draft, Entry
from core.governance.state import COMPLETIONS, DECISIONS, LedgerState, after, closes, is_finish
from core.governance.verify import Finding

_RELEASES = frozenset({"promotion", "challenge"})
LATE = "witness_given_to"  # key of an entry's details: the entry before, which had no witness


def check_transitions(entries: Iterable[Entry]) -> list[Finding]:
    """Entries, in order, that the ones before them do not allow, and those confirmed late."""
    state, findings = LedgerState(), []
    for entry in entries:
        for problem in violations(state, entry):
            text = f"entry {entry.number} ({entry.action}) can't be: {problem}"
            findings.append(Finding(number=entry.number, kind="transition", text=text))
        if LATE in entry.details and state.last is not None:
            findings.append(_late(state.last, entry))
        state = after(state, entry)
    return findings


def violations(state: LedgerState, draft: Draft) -> list[str]:
    """Why a draft may not follow a state; empty when it may."""
    if draft.action == "submission":
        return list(_of_submission(state, draft))
    if draft.action in DECISIONS:
        return list(_of_decision(state, draft))
    if draft.action == "intent":
        return list(_of_intent(state, draft))
    if draft.action in COMPLETIONS:
        return [*_of_end(state, draft), *_of_completion(state, draft)]
    is_repair_of_intent = draft.action == "repair" and draft.transaction is not None
    if draft.action == "abort" or is_repair_of_intent:
        return list(_of_end(state, draft))
    return []


def _of_submission(state: LedgerState, draft: Draft) -> Iterator[str]:
    if draft.run is None:
        yield "a submission needs a run"
    elif draft.run in state.runs:
        yield f"run {draft.run} was submitted already"
    yield from objections(draft)


def _of_decision(state: LedgerState, draft: Draft) -> Iterator[str]:
    yield from missing(state, draft, is_release=False)
    if state.open_intent is not None and state.open_intent.run == draft.run is not None:
        yield f"the release of run {draft.run} is under way"


def _of_intent(state: LedgerState, draft: Draft) -> Iterator[str]:
    intent = state.open_intent
    if intent is not None and _takes_over(draft, intent):
        return
    if intent is not None:
        yield f"the {intent.purpose} that {intent.by} began at {intent.at} is not finished"
    if draft.transaction is None or draft.purpose is None or draft.before is None:
        yield "an intent needs transaction, purpose and before"
    elif draft.before != state.standing:
        yield f"it begins from {draft.before}, but {state.standing} was reached"
    if draft.purpose in _RELEASES:
        yield from missing(state, draft, is_release=True)


def _takes_over(draft: Draft, intent: Entry) -> bool:
    """Whether somebody carries on a change that was cut short: the same one, in other hands."""
    same = ("transaction", "purpose", "run", "before", "after")
    return all(getattr(draft, key) == getattr(intent, key) for key in same)


def _of_end(state: LedgerState, draft: Draft) -> Iterator[str]:
    intent = state.open_intent
    if intent is None:
        yield "no intent is open"
    elif not closes(draft, intent):
        yield f"the open intent is transaction {intent.transaction}, not {draft.transaction}"
    elif draft.action in COMPLETIONS and draft.action != intent.purpose:
        yield f"the open intent is of a {intent.purpose}"
    elif draft.run != intent.run:
        yield f"the open intent is of run {intent.run}, not {draft.run}"
    elif intent.purpose in _RELEASES and (draft.action in COMPLETIONS or is_finish(draft)):
        yield from missing(state, draft, is_release=True)
    if is_finish(draft) and draft.after is None:
        yield "it names no standing that was reached"


def _of_completion(state: LedgerState, draft: Draft) -> Iterator[str]:
    if draft.after is None:
        yield "it names no standing that was reached"
        return
    if draft.before != state.standing:
        yield f"it begins from {draft.before}, but {state.standing} was reached"
    production, challenger = draft.after.production, draft.after.challenger
    if draft.action == "promotion" and (production is None or production != draft.version):
        yield f"version {draft.version} is not what it puts into production"
    if draft.action == "challenge" and (challenger is None or challenger != draft.version):
        yield f"version {draft.version} is not what it puts beside production"
    if draft.action == "withdrawal" and challenger is not None:
        yield f"challenger {challenger} is still there"
    if draft.action == "rollback" and production not in state.served:
        yield f"version {production} was never in production"


def _late(entry: Entry, follower: Entry) -> Finding:
    text = (
        f"entry {entry.number} had no witness until {follower.by} wrote entry {follower.number}: "
        f"ask {entry.by} whether they wrote it"
    )
    return Finding(number=entry.number, kind="late", text=text)
