"""Which entries may follow which: what no writer of a ledger can have written."""

from collections.abc import Iterable, Iterator

from core.governance.ledger import Draft, Entry
from core.governance.state import COMPLETIONS, DECISIONS, LedgerState, after, closes, is_finish
from core.governance.verify import Finding

_REFUSED = frozenset({"block", "rejection", "cancellation", "expiry"})
_RELEASES = frozenset({"promotion", "challenge"})


def check_transitions(entries: Iterable[Entry]) -> list[Finding]:
    """Entries, in order, that the ones before them do not allow."""
    state, findings = LedgerState(), []
    for entry in entries:
        for problem in violations(state, entry):
            text = f"entry {entry.number} ({entry.action}) can't be: {problem}"
            findings.append(Finding(number=entry.number, kind="transition", text=text))
        state = after(state, entry)
    return findings


def violations(state: LedgerState, draft: Draft) -> list[str]:
    """Why a draft may not follow a state; empty when it may."""
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


def _of_decision(state: LedgerState, draft: Draft) -> Iterator[str]:
    word = None if draft.run is None else state.runs.get(draft.run)
    if word is None:
        yield f"run {draft.run} was never submitted"
    elif word in _REFUSED:
        yield f"run {draft.run} has its {word} already"


def _of_intent(state: LedgerState, draft: Draft) -> Iterator[str]:
    intent = state.open_intent
    if intent is not None:
        yield f"the {intent.purpose} that {intent.by} began at {intent.at} is not finished"
    if draft.transaction is None or draft.purpose is None or draft.before is None:
        yield "an intent needs transaction, purpose and before"
    elif draft.before != state.standing:
        yield f"it begins from {draft.before}, but {state.standing} was reached"
    word = None if draft.run is None else state.runs.get(draft.run)
    if draft.purpose in _RELEASES and word in _REFUSED:
        yield f"run {draft.run} has its {word}"


def _of_end(state: LedgerState, draft: Draft) -> Iterator[str]:
    intent = state.open_intent
    if intent is None:
        yield "no intent is open"
    elif not closes(draft, intent):
        yield f"the open intent is transaction {intent.transaction}, not {draft.transaction}"
    elif draft.action in COMPLETIONS and draft.action != intent.purpose:
        yield f"the open intent is of a {intent.purpose}"
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
