"""Makes a damaged ledger whole again; what it does is an entry of the ledger."""

from collections.abc import Sequence

from adapters.ledger import Record, append, check_ledger, load_record, write
from adapters.ledger_store import put_back
from adapters.tracker import Tracker, TrackerGoneError, active_tracker
from adapters.witness import witness
from core.errors import LedgerError
from core.governance.ledger import Draft, Entry
from core.governance.recovery import Restoration, plan_restoration
from core.governance.verify import Stored, verify

_RESTORED = "put back from an export what was removed or changed"
_REWITNESSED = "witnessed again, on no more than its own chain"


def restore_entries(model: str, export: Sequence[Entry], *, by: str) -> Restoration:
    """Put back what was removed or changed, as far as witness or record confirm an export.

    Damaged files stay beside the restored ones. When the ledger is whole then, it gets an entry
    that names what was put back.

    Raises:
        LedgerError: MLflow can't be asked, or the export is of another model.
    """
    if strangers := {entry.model for entry in export} - {model}:
        raise LedgerError(f"the export is of {', '.join(sorted(strangers))}, not of {model}")
    record = load_record(model)
    plan = plan_restoration(record.stored, record.witnesses, export)
    _put_back(model, plan, record.tracker)
    is_whole = not any(finding.is_damage for finding in check_ledger(model)[1])
    if (plan.entries or plan.witnesses) and is_whole:
        draft = Draft(action="repair", by=by, reason=_RESTORED, details=_named(plan))
        append(model, draft)
    return plan


def witness_again(model: str, export: Sequence[Entry], *, by: str, reason: str) -> Restoration:
    """Give a ledger whose witness is lost a new one, on somebody's word alone.

    The witness is the active stack's MLflow where ZenML no longer has the one that the ledger
    names. An entry of the ledger says all of this.

    Raises:
        LedgerError: the chain is not whole, the witness contradicts it, or there is nothing to do;
            nothing was changed.
    """
    record, details = _reachable_record(model)
    plan = plan_restoration(record.stored, record.witnesses, export, rewitness=True)
    if not plan.witnesses and not details:
        raise LedgerError(f"the ledger of {model} lacks no witness; nothing is done")
    entries, findings = verify(model, *_as_planned(record, plan))
    if problem := next((finding for finding in findings if finding.is_damage), None):
        raise LedgerError(
            f"the ledger of {model} can't be witnessed again: {problem.text}; nothing is changed"
        )
    _put_back(model, plan, record.tracker)
    text = f"{_REWITNESSED}: {reason}"
    draft = Draft(action="repair", by=by, reason=text, details=_named(plan) | details)
    if write(model, draft, entries, record.tracker) is None:
        raise LedgerError(
            f"the ledger of {model}: another writer came first; look: run.py ledger verify {model}"
        )
    return plan


def _reachable_record(model: str) -> tuple[Record, dict[str, str]]:
    """The record; with the active MLflow, and the details that say so, if the named one is gone."""
    try:
        return load_record(model), {}
    except TrackerGoneError:
        tracker = active_tracker()
        return load_record(model, tracker), tracker.details()


def _as_planned(record: Record, plan: Restoration) -> tuple[list[Stored], dict[int, str]]:
    stored = {item.version: item for item in record.stored}
    for entry in plan.entries:
        content = entry.model_dump_json(exclude_none=True).encode()
        stored[str(entry.number)] = Stored(str(entry.number), content)
    told = {entry.number: entry.hash for entry in plan.witnesses}
    return list(stored.values()), record.witnesses | told


def _put_back(model: str, plan: Restoration, tracker: Tracker) -> None:
    for entry in plan.entries:
        put_back(model, entry)
    for entry in plan.witnesses:
        witness(model, entry, tracker)


def _named(plan: Restoration) -> dict[str, str]:
    done = {"entries": plan.entries, "witnesses": plan.witnesses}
    return {what: " ".join(str(e.number) for e in found) for what, found in done.items() if found}
