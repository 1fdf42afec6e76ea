"""Keeps ledgers: one entry after another, however many writers there are.

An entry exists when ZenML has it (``ledger_store``); MLflow is told its hash afterwards
(``witness``). A writer first mends the witness of the entry before its own, so that no more than
the last entry can lack one.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from zenml.client import Client

from adapters.ledger_store import create, put_back, stored_entries
from adapters.witness import witness, witnesses
from core.errors import LedgerError
from core.governance.ledger import Draft, Entry, seal
from core.governance.restore import Restoration, plan_restoration
from core.governance.state import LedgerState, state_of
from core.governance.transitions import violations
from core.governance.verify import Finding, Stored, verify

Requirement = Callable[[LedgerState], None]
ATTEMPTS = 100  # each lost race is another writer's entry
_PAUSE = 0.02  # seconds, at most doubled five times
_RESTORED = "put back from an export what was removed or changed"

logger = logging.getLogger(__name__)


class Record(NamedTuple):
    """A ledger as it lies there, unchecked."""

    stored: list[Stored]
    witnesses: dict[int, str]


def load_record(model: str) -> Record:
    """All that ZenML and MLflow keep of a ledger, as of one moment.

    Raises:
        LedgerError: MLflow can't be asked.
    """
    known = witnesses(model)
    stored = stored_entries(model)
    numbers = {item.number for item in stored if item.number is not None}
    if numbers - known.keys():
        # Somebody may have written since. Every entry here but the last has its witness by now;
        # a witness of a later one is of an entry that was not there yet.
        last = max(numbers | known.keys())
        known = {number: digest for number, digest in witnesses(model).items() if number <= last}
    return Record(stored, known)


def check_ledger(model: str) -> tuple[list[Entry], list[Finding]]:
    """The entries that are whole, in order, and what is wrong with the record.

    Raises:
        LedgerError: MLflow can't be asked.
    """
    return verify(model, *load_record(model))


def read_ledger(model: str) -> list[Entry]:
    """The whole ledger of a model in order; empty when there is none.

    Raises:
        LedgerError: the record is damaged, naming the first entry, or MLflow can't be asked.
    """
    return _read(model)[0]


def append(model: str, draft: Draft, require: Requirement | None = None) -> Entry:
    """Write the next entry, however many writers there are.

    Args:
        model: The model's name.
        draft: What happened.
        require: Called with the state that the entry will follow, each time another writer came
            first; what it raises goes to the caller and nothing is written.

    Raises:
        LedgerError: the record is damaged or can't be written, or the entry can't follow the last.
    """
    user = Client().active_user.name
    for attempt in range(ATTEMPTS):
        entries, is_finished = _read(model)
        _require_possible(model, state_of(entries), draft, require)
        if not is_finished:
            witness(model, entries[-1])
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = seal(draft, entries, model=model, at=now, user=user)
        if create(model, entry):
            _witness_or_warn(model, entry)
            return entry
        time.sleep(random.uniform(0, _PAUSE * 2 ** min(attempt, 5)))
    raise LedgerError(
        f"the ledger of {model}: {ATTEMPTS} other writers came first; nothing is written, try again"
    )


def restore_entries(model: str, export: Sequence[Entry], *, by: str) -> Restoration:
    """Put back what was removed or changed, as far as the witness confirms an export.

    Damaged files stay beside the restored ones. When the ledger is whole then, it gets an entry
    that names what was put back.

    Raises:
        LedgerError: MLflow can't be asked, or the export is of another model.
    """
    if strangers := {entry.model for entry in export} - {model}:
        raise LedgerError(f"the export is of {', '.join(sorted(strangers))}, not of {model}")
    plan = plan_restoration(*load_record(model), export)
    for entry in plan.entries:
        put_back(model, entry)
    for entry in plan.witnesses:
        witness(model, entry)
    done = {"entries": _numbers(plan.entries), "witnesses": _numbers(plan.witnesses)}
    is_whole = not any(finding.is_damage for finding in check_ledger(model)[1])
    if (plan.entries or plan.witnesses) and is_whole:
        details = {what: numbers for what, numbers in done.items() if numbers}
        append(model, Draft(action="repair", by=by, reason=_RESTORED, details=details))
    return plan


def _numbers(entries: Sequence[Entry]) -> str:
    return " ".join(str(entry.number) for entry in entries)


def _read(model: str) -> tuple[list[Entry], bool]:
    """The entries, and whether the last one has its witness."""
    entries, findings = check_ledger(model)
    if damage := [finding for finding in findings if finding.is_damage]:
        more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
        raise LedgerError(
            f"the ledger of {model} is damaged: {damage[0].text}{more}; nothing is written to it; "
            f"see run.py ledger verify {model}"
        )
    return entries, not findings


def _require_possible(
    model: str, state: LedgerState, draft: Draft, require: Requirement | None
) -> None:
    if require is not None:
        require(state)
    if problems := violations(state, draft):
        raise LedgerError(f"the ledger of {model} takes no {draft.action} now: {problems[0]}")


def _witness_or_warn(model: str, entry: Entry) -> None:
    """The entry is there, so an error would be a lie; whoever writes next tells MLflow."""
    try:
        witness(model, entry)
    except LedgerError as error:
        logger.warning("entry %d is written, but %s", entry.number, error)
