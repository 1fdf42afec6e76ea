"""What a ledger's entries add up to: who stands where, and what is unfinished."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from core.governance.ledger import Entry, Standing

COMPLETIONS = frozenset({"promotion", "challenge", "withdrawal", "rollback"})
UNDONE = "undone"
FINISHED = "finished"
OUTCOME = "outcome"  # key of a repair's details: FINISHED or UNDONE, where it closes an intent


class LedgerState(BaseModel):
    """The state after some entries.

    Attributes:
        standing: Who holds the roles, by the ledger.
        open_intent: The intent of a change that is neither completed nor undone.
        served: Versions that were in production, in the order in which each came first.
        last: The last entry.
    """

    model_config = ConfigDict(frozen=True)

    standing: Standing = Standing()
    open_intent: Entry | None = None
    served: tuple[str, ...] = ()
    last: Entry | None = None


def state_of(entries: Iterable[Entry]) -> LedgerState:
    """Fold a ledger into its state."""
    state = LedgerState()
    for entry in entries:
        state = _after(state, entry)
    return state


def _after(state: LedgerState, entry: Entry) -> LedgerState:
    update: dict[str, object] = {"last": entry}
    if entry.action == "intent":
        update["open_intent"] = entry
    elif state.open_intent and _closes(entry, state.open_intent):
        update["open_intent"] = None
    if _changes(entry) and entry.after is not None:
        update["standing"] = entry.after
        produced = entry.after.production
        if produced is not None and produced not in state.served:
            update["served"] = (*state.served, produced)
    return state.model_copy(update=update)


def _closes(entry: Entry, intent: Entry) -> bool:
    is_end = entry.action in COMPLETIONS or entry.action in ("abort", "repair")
    return is_end and entry.transaction == intent.transaction


def _changes(entry: Entry) -> bool:
    is_finished = entry.action == "repair" and entry.details.get(OUTCOME) == FINISHED
    return entry.action in COMPLETIONS or is_finished
