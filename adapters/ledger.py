"""Keeps ledgers: one entry after another, however many writers there are.

An entry exists when ZenML has it (``ledger_store``); MLflow is told its hash afterwards
(``witness``). A writer first gives the entry before its own its witness, if it lacks one, and says
so in its own entry: no more than the last entry can lack one, and nobody can slip one in unseen.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from zenml.client import Client

from adapters.ledger_store import create, stored_entries
from adapters.tracker import Tracker, active_tracker, recorded_tracker
from adapters.witness import witness, witnesses
from core.errors import LedgerError
from core.governance.ledger import Draft, Entry, seal
from core.governance.state import LedgerState, state_of
from core.governance.transitions import LATE, violations
from core.governance.verify import Finding, Stored, verify

Requirement = Callable[[LedgerState], None]
ATTEMPTS = 100  # each lost race is another writer's entry
_PAUSE = 0.02  # seconds, at most doubled five times

logger = logging.getLogger(__name__)


class Record(NamedTuple):
    """A ledger as it lies there, unchecked."""

    stored: list[Stored]
    witnesses: dict[int, str]
    tracker: Tracker


class _Read(NamedTuple):
    """A whole ledger, whether its last entry has its witness, and who witnesses."""

    entries: list[Entry]
    is_finished: bool
    tracker: Tracker


def load_record(model: str, tracker: Tracker | None = None) -> Record:
    """All that ZenML and MLflow keep of a ledger, as of one moment.

    Args:
        model: The model's name.
        tracker: The MLflow to ask; None: the one that the ledger names, or else the active one.

    Raises:
        LedgerError: MLflow can't be asked.
    """
    stored = stored_entries(model)
    tracker = tracker or recorded_tracker(stored) or active_tracker()
    known = witnesses(model, tracker)
    if known.keys() - _numbered(stored):
        # Somebody may have written since: what MLflow knows was in ZenML before.
        stored, before = stored_entries(model), known
        if _numbered(stored) - known.keys():
            # And again. Every entry here but the last has its witness by now; a witness of a
            # later one is of an entry that was not there yet.
            last = max(_numbered(stored) | before.keys())
            known = {n: digest for n, digest in witnesses(model, tracker).items() if n <= last}
    return Record(stored, known, tracker)


def check_ledger(model: str) -> tuple[list[Entry], list[Finding]]:
    """The entries that are whole, in order, and what is wrong with the record.

    Raises:
        LedgerError: MLflow can't be asked.
    """
    record = load_record(model)
    return verify(model, record.stored, record.witnesses)


def read_ledger(model: str) -> list[Entry]:
    """The whole ledger of a model in order; empty when there is none.

    Raises:
        LedgerError: the record is damaged, naming the first entry, or MLflow can't be asked.
    """
    return _read(model).entries


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
    for attempt in range(ATTEMPTS):
        entries, is_finished, tracker = _read(model)
        _require_possible(model, state_of(entries), draft, require)
        added = {} if entries else tracker.details()
        if not is_finished:
            witness(model, entries[-1], tracker)
            added = {LATE: str(entries[-1].number)}
        own = draft.model_copy(update={"details": draft.details | added})
        if (entry := write(model, own, entries, tracker)) is not None:
            return entry
        time.sleep(random.uniform(0, _PAUSE * 2 ** min(attempt, 5)))
    raise LedgerError(
        f"the ledger of {model}: {ATTEMPTS} other writers came first; nothing is written, try again"
    )


def write(model: str, draft: Draft, entries: Sequence[Entry], tracker: Tracker) -> Entry | None:
    """Write the entry that follows ``entries``; None when another writer came first."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    user = Client().active_user.name
    entry = seal(draft, entries, model=model, at=now, user=user)
    if not create(model, entry):
        return None
    _witness_or_warn(model, entry, tracker)
    return entry


def witness_last(model: str) -> Entry | None:
    """Tell MLflow of a last entry whose writer was stopped before it could; None: it knows.

    Raises:
        LedgerError: the record is damaged, or MLflow can't be told.
    """
    entries, is_finished, tracker = _read(model)
    if is_finished:
        return None
    witness(model, entries[-1], tracker)
    return entries[-1]


def _numbered(stored: Sequence[Stored]) -> set[int]:
    return {item.number for item in stored if item.number is not None}


def _read(model: str) -> _Read:
    record = load_record(model)
    entries, findings = verify(model, record.stored, record.witnesses)
    if damage := [finding for finding in findings if finding.is_damage]:
        more = f" (and {len(damage) - 1} more)" if len(damage) > 1 else ""
        raise LedgerError(
            f"the ledger of {model} is damaged: {damage[0].text}{more}; nothing is written to it; "
            f"ways out: run.py ledger verify {model}"
        )
    return _Read(entries, not findings, record.tracker)


def _require_possible(
    model: str, state: LedgerState, draft: Draft, require: Requirement | None
) -> None:
    if require is not None:
        require(state)
    if problems := violations(state, draft):
        raise LedgerError(f"the ledger of {model} takes no {draft.action} now: {problems[0]}")


def _witness_or_warn(model: str, entry: Entry, tracker: Tracker) -> None:
    """The entry is there, so an error would be a lie; whoever writes next tells MLflow."""
    try:
        witness(model, entry, tracker)
    except LedgerError as error:
        logger.warning("entry %d is written, but %s", entry.number, error)
