"""What a ledger's entries add up to: who stands where, what is decided and what is unfinished."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from core.governance.ledger import Action, Draft, Entry, Standing

COMPLETIONS = frozenset({"promotion", "challenge", "withdrawal", "rollback"})
DECISIONS = frozenset({"block", "approval", "rejection", "cancellation", "expiry"})
UNDONE = "undone"
FINISHED = "finished"
OUTCOME = "outcome"  # key of a repair's details: FINISHED or UNDONE, where it closes an intent


class Candidacy(BaseModel):
    """A run at the gate.

    Attributes:
        submission: The first entry of it; None: it was decided on and never submitted.
        word: The last word on it: ``submission`` or a decision.
        approvals: Every one, in order.
    """

    model_config = ConfigDict(frozen=True)

    submission: Entry | None
    word: Action
    approvals: tuple[Entry, ...] = ()


class LedgerState(BaseModel):
    """The state after some entries.

    Attributes:
        standing: Who holds the roles, by the ledger.
        open_intent: The intent of a change that is neither completed nor undone.
        served: Versions that were in production, in the order in which each came first.
        runs: The candidates at the gate, by run.
        last: The last entry.
    """

    model_config = ConfigDict(frozen=True)

    standing: Standing = Standing()
    open_intent: Entry | None = None
    served: tuple[str, ...] = ()
    runs: dict[str, Candidacy] = {}
    last: Entry | None = None


def state_of(entries: Iterable[Entry]) -> LedgerState:
    """Fold a ledger into its state."""
    state = LedgerState()
    for entry in entries:
        state = after(state, entry)
    return state


def after(state: LedgerState, entry: Entry) -> LedgerState:
    """The state when one more entry is there."""
    update: dict[str, object] = {"last": entry}
    if entry.action == "intent":
        update["open_intent"] = entry
    elif state.open_intent and closes(entry, state.open_intent):
        update["open_intent"] = None
    if entry.run is not None and (entry.action in DECISIONS or entry.action == "submission"):
        update["runs"] = state.runs | {entry.run: _candidacy(state.runs.get(entry.run), entry)}
    if _changes(entry) and entry.after is not None:
        update["standing"] = entry.after
        produced = entry.after.production
        if produced is not None and produced not in state.served:
            update["served"] = (*state.served, produced)
    return state.model_copy(update=update)


def closes(entry: Draft, intent: Entry) -> bool:
    """Whether an entry says how the change of an intent ended."""
    is_end = entry.action in COMPLETIONS or entry.action in ("abort", "repair")
    return is_end and entry.transaction == intent.transaction


def is_finish(entry: Draft) -> bool:
    """Whether an entry is a repair that completed what an intent began."""
    return entry.action == "repair" and entry.details.get(OUTCOME) == FINISHED


def _candidacy(former: Candidacy | None, entry: Entry) -> Candidacy:
    if former is None:
        submission = entry if entry.action == "submission" else None
        former = Candidacy(submission=submission, word=entry.action)
    approvals = (entry,) if entry.action == "approval" else ()
    update = {"word": entry.action, "approvals": former.approvals + approvals}
    return former.model_copy(update=update)


def _changes(entry: Entry) -> bool:
    return entry.action in COMPLETIONS or is_finish(entry)
