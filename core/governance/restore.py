"""What an export may put back into a damaged ledger: only what the witness confirms."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.governance.ledger import Entry
from core.governance.verify import Stored, read_entry


class Restoration(NamedTuple):
    """What is put back.

    Attributes:
        entries: Entries that were removed or changed.
        witnesses: Entries whose witness was removed, while a later entry confirms them.
        refused: Why the rest of the export stays out, one line each.
    """

    entries: list[Entry]
    witnesses: list[Entry]
    refused: list[str]


def plan_restoration(
    stored: Sequence[Stored], witnesses: Mapping[int, str], export: Sequence[Entry]
) -> Restoration:
    """Compare an export with the record and choose what to put back.

    An entry is confirmed when the witness has its hash, or, where the witness has lost it, when
    the entry after it is confirmed and names it as the one before.

    Args:
        stored: Every version of the ledger's artifact.
        witnesses: Hash by entry number.
        export: Entries of the same model; each has the hash of its own content.
    """
    held = {entry.number: entry for item in stored if (entry := _whole(item)) is not None}
    exported = {entry.number: entry for entry in export}
    plan = Restoration(entries=[], witnesses=[], refused=[])
    confirmed: Entry | None = None
    for number in range(max([*held, *exported], default=0), 0, -1):
        digest = witnesses.get(number, confirmed.previous if confirmed else None)
        there, offered = held.get(number), exported.get(number)
        confirmed = next((e for e in (there, offered) if e and e.hash == digest), None)
        if confirmed is None:
            plan.refused.extend(_refusal(number, there, offered, digest))
            continue
        if offered and offered.hash != confirmed.hash:
            plan.refused.extend(_refusal(number, None, offered, digest))
        if confirmed is not there:
            plan.entries.append(confirmed)
        if number not in witnesses:
            plan.witnesses.append(confirmed)
    for part in plan:
        part.reverse()
    return plan


def _refusal(
    number: int, there: Entry | None, offered: Entry | None, digest: str | None
) -> list[str]:
    if offered is None or (there is not None and there.hash == offered.hash):
        return []
    if digest is None:
        return [f"entry {number} of the export stays out: nothing confirms it"]
    return [
        f"entry {number} of the export stays out: its hash is {offered.hash[:12]}, "
        f"the witness knows it as {digest[:12]}"
    ]


def _whole(item: Stored) -> Entry | None:
    """The entry that a version holds, if it is one and in its place."""
    try:
        entry = None if item.content is None else read_entry(item.content)
    except ValueError:
        return None
    return entry if entry and entry.number == item.number else None
