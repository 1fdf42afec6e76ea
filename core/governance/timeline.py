"""The life of a model: its ledger, and what monitoring saw meanwhile, as one time line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from core.drift.severity import Severity
from core.governance.ledger import Entry
from core.governance.rollback import Tenure, tenures
from core.governance.state import FINISHED, OUTCOME, UNDONE, state_of

_PAST = {
    "submission": "submitted",
    "block": "blocked",
    "approval": "approved",
    "rejection": "rejected",
    "cancellation": "cancelled",
    "expiry": "expired",
    "promotion": "promoted",
    "challenge": "made challenger",
    "withdrawal": "withdrawn",
    "rollback": "rolled back",
}


Intents = Mapping[str, Entry]  # by transaction


class Batch(NamedTuple):
    """A monitored batch: of which version, when, how bad, and in which run."""

    version: str
    at: datetime
    severity: Severity
    run: str


class Event(BaseModel):
    """One line of a time line.

    Attributes:
        at: When.
        subject: ``version N``, or ``run ID`` of a candidate that became none.
        text: What happened, by whom and why.
        entry: Its number in the ledger; None for what monitoring saw.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    subject: str
    text: str
    entry: int | None = None


def timeline(entries: Sequence[Entry], batches: Iterable[Batch], now: datetime) -> list[Event]:
    """All that happened to a model, in order of time.

    An intent is left out once the entry after it says how it ended.

    Args:
        entries: The whole ledger, in order.
        batches: What was monitored.
        now: Until when the version in production is counted.
    """
    versions = {entry.run: entry.version for entry in entries if entry.run and entry.version}
    served = _spans(tenures(entries), now)
    state = state_of(entries)
    intents = {e.transaction: e for e in entries if e.action == "intent" and e.transaction}
    events = [
        Event(
            at=datetime.fromisoformat(entry.at),
            subject=_subject(entry, intents, versions),
            text="; ".join([_told(entry, intents), *served.get(entry.number, [])]),
            entry=entry.number,
        )
        for entry in entries
        if entry.action != "intent" or entry == state.open_intent
    ]
    events += [
        Event(
            at=batch.at,
            subject=f"version {batch.version}",
            text=f"monitored: drift {batch.severity} (run {batch.run[:8]})",
        )
        for batch in batches
    ]
    return sorted(events, key=lambda event: event.at)


def lasting(span: timedelta) -> str:
    """A span in its two largest units, such as ``2 d 3 h``."""
    seconds = int(span.total_seconds())
    units = [("d", seconds // 86400), ("h", seconds // 3600 % 24)]
    units += [("min", seconds // 60 % 60), ("s", seconds % 60)]
    first = next((place for place, (_, count) in enumerate(units) if count), len(units) - 1)
    return " ".join(f"{count} {unit}" for unit, count in units[first : first + 2] if count) or "0 s"


def _subject(entry: Entry, intents: Intents, versions: dict[str, str]) -> str:
    intent = intents.get(entry.transaction or "")
    version = entry.version or (intent and intent.version) or versions.get(entry.run or "")
    if version is not None:
        return f"version {version}"
    return f"run {entry.run[:8]}" if entry.run else "the model"


def _told(entry: Entry, intents: Intents) -> str:
    intent = intents.get(entry.transaction or "")
    change = "change" if intent is None else str(intent.purpose)
    if entry.action == "intent":
        what = f"{entry.purpose} begun by {entry.by} and not finished"
    elif entry.action == "repair":
        ends = {FINISHED: "completed", UNDONE: "undone"}
        end = ends.get(entry.details.get(OUTCOME, ""))
        what = f"unfinished {change} {end} by {entry.by}" if end else f"repaired by {entry.by}"
    elif entry.action == "abort":
        what = f"{change} undone by {entry.by}"
    else:
        what = f"{_PAST[entry.action]} by {entry.by}"
    if entry.action == "rollback" and entry.before is not None:
        what += f" from version {entry.before.production}"
    return f"{what}: {entry.reason}" if entry.reason else what


def _spans(tenures: Sequence[Tenure], now: datetime) -> dict[int, list[str]]:
    """How long each version stayed in production, by the number of the entry that put it there."""
    spans = {}
    for place, (_, began) in enumerate(tenures):
        since = datetime.fromisoformat(began.at)
        if place + 1 < len(tenures):
            version, ended = tenures[place + 1]
            span = lasting(datetime.fromisoformat(ended.at) - since)
            spans[began.number] = [f"in production for {span}, until version {version}"]
        else:
            spans[began.number] = [f"in production since, {lasting(now - since)} so far"]
    return spans
