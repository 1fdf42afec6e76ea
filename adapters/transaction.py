"""Every change of who stands in production: an intent, the change, and its completion.

The open intent in the ledger is the lock, on one machine and on many: see ``adapters.ledger``. A
change that fails is undone; one that is killed leaves its intent, for ``adapters.repair``.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.intents import advice, describe, is_alive, this_process
from adapters.interrupts import keyboard_interrupts
from adapters.ledger import append, read_ledger
from adapters.prepared import discard
from adapters.standing import lost_versions, observed, switch
from core.errors import LedgerError, ReleaseError
from core.governance.ledger import Draft, Entry, Standing
from core.governance.state import LedgerState, state_of

TAKEN_FROM = "taken_from"  # key of an intent's details: hash of the one that it carries on


class Change:
    """A change that has begun. Whatever it makes carries the transaction's id in its name."""

    def __init__(self, name: str, intent: Entry) -> None:
        self._name, self._intent = name, intent
        self._after = intent.before

    @property
    def transaction(self) -> str:
        """Eight hexadecimal digits."""
        return str(self._intent.transaction)

    def switch(self, after: Standing) -> None:
        """Make registries and services show the new standing."""
        self._require_open(state_of(read_ledger(self._name)))
        switch(self._name, after, self._intent.before)
        self._after = after

    def complete(self, **facts: Any) -> Entry:
        """Write the entry that ends the change; ``facts`` are fields of a draft."""
        draft = {
            "action": self._intent.purpose,
            "by": self._intent.by,
            "reason": self._intent.reason,
            "run": self._intent.run,
            "transaction": self.transaction,
            "before": self._intent.before,
            "after": self._after,
        }
        return append(self._name, Draft.model_validate(draft | facts), self._require_open)

    def _require_open(self, state: LedgerState) -> None:
        require_held(self._name, self._intent, state)


@contextmanager
def change(name: str, intent: Draft) -> Iterator[Change]:
    """Begin a change; leaving by an error, or Ctrl-C, undoes all of it.

    Args:
        name: The model's name.
        intent: Its purpose, the standing before, and who wants it why.

    Raises:
        LedgerError: another change is under way or was cut short, or the standing is not the
            expected one.
        ReleaseError: undoing failed too; the intent stays open.
    """
    transaction = secrets.token_hex(4)
    draft = intent.model_copy(
        update={"transaction": transaction, "details": intent.details | this_process()}
    )
    with keyboard_interrupts():
        try:
            yield Change(name, append(name, draft, lambda state: _may_begin(name, draft, state)))
        except BaseException as error:
            _undo(name, draft, error)
            raise


def take_over(name: str, intent: Entry, by: str) -> Entry:
    """Carry on a change whose process is dead: an intent of the same transaction, in our hands.

    Raises:
        LedgerError: somebody else has taken it over, or ended it.
    """
    values = intent.model_dump(include=set(Draft.model_fields)) | {
        "by": by,
        "reason": f"carries on {describe(intent)}",
        "details": this_process() | {TAKEN_FROM: intent.hash},
    }
    return append(
        name, Draft.model_validate(values), lambda state: require_held(name, intent, state)
    )


def require_held(name: str, intent: Entry, state: LedgerState) -> None:
    """Check that a change is still open, and nobody has taken it over.

    Raises:
        LedgerError: somebody has, or ended it.
    """
    if state.open_intent is None or state.open_intent.hash != intent.hash:
        raise LedgerError(
            f"{name}: doctor --fix took this process for dead and ended the change; look: run.py "
            f"status {name}"
        )


def undo(name: str, intent: Entry) -> None:
    """Make everything as it was before an intent, wherever the change was stopped.

    What stood before and is lost stays lost.
    """
    switch(name, intent.before or Standing(), intent.before)
    discard(name, str(intent.transaction))


def require_settled(name: str, state: LedgerState) -> None:
    """Check that no change is open and that nobody moved a stage or an alias by hand.

    A holder that is lost stands in nobody's way.

    Raises:
        LedgerError: it says what is in the way, and what mends it.
    """
    require_none_open(name, state)
    found, lost = observed(name), lost_versions(name, state.standing)
    if found.contradicts(state.standing, lost):
        reasons = ", ".join(found.differences(state.standing, lost))
        raise LedgerError(f"{name}: {reasons}; mend it: run.py doctor --fix")


def require_none_open(name: str, state: LedgerState) -> None:
    """Check that no change is under way or was cut short.

    Raises:
        LedgerError: one is.
    """
    if (held := state.open_intent) is None:
        return
    if is_alive(held):
        raise LedgerError(f"{name}: {describe(held)} is not finished; {advice(held)}")
    raise LedgerError(f"{name}: {describe(held)} was cut short; mend it: run.py doctor --fix")


def _may_begin(name: str, intent: Draft, state: LedgerState) -> None:
    # A repair is there to set back what is not as the ledger says.
    (require_none_open if intent.purpose == "repair" else require_settled)(name, state)
    if state.standing != intent.before:
        raise LedgerError(f"{name}: another change came first; look: run.py status {name}")


def _undo(name: str, draft: Draft, error: BaseException) -> None:
    """Undo a change, if the ledger says that it has begun and is not complete."""
    reason = " ".join(str(error).split()) or type(error).__name__
    try:
        intent = state_of(read_ledger(name)).open_intent
        # What somebody has taken over is theirs to undo.
        if (
            intent is None
            or intent.transaction != draft.transaction
            or TAKEN_FROM in intent.details
        ):
            return
        undo(name, intent)
        end = Draft(
            action="abort",
            by=intent.by,
            reason=reason,
            run=intent.run,
            transaction=intent.transaction,
        )
        append(name, end)
    except Exception as failure:
        raise ReleaseError(
            f"{name}: {reason}; undoing it failed too ({failure}); mend it: run.py doctor --fix"
        ) from failure
