"""How a damaged ledger can be made whole: what is put back, and on whose word."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from core.governance.ledger import BEFORE_FIRST, Entry
from core.governance.verify import Finding, Kind, Stored, read_entry

_OF_CONTENT: frozenset[Kind] = frozenset(
    {"unreadable", "changed", "removed", "misplaced", "foreign", "unlinked", "rewritten"}
)
Hashes = Mapping[int, str]
Entries = Mapping[int, Entry]


class Restoration(NamedTuple):
    """What is put back.

    Attributes:
        entries: Entries that were removed or changed.
        witnesses: Entries whose witness was lost.
        refused: Why the rest of the export stays out, one line each.
    """

    entries: list[Entry]
    witnesses: list[Entry]
    refused: list[str]


def plan_restoration(
    stored: Sequence[Stored],
    witnesses: Hashes,
    export: Sequence[Entry],
    *,
    rewitness: bool = False,
) -> Restoration:
    """Compare an export with the record and choose what to put back.

    An entry is confirmed when the witness has its hash. Where the witness is silent, it is
    confirmed when the entry after it is, and names it as the one before; or when record and export
    hold the same entry, and all before it form a chain that no witness contradicts.

    Args:
        stored: Every version of the ledger's artifact.
        witnesses: Hash by entry number.
        export: Entries of the same model; each has the hash of its own content.
        rewitness: Whether, where the witness is silent, such a chain is enough by itself.
    """
    held = {entry.number: entry for item in stored if (entry := _whole(item)) is not None}
    exported = {entry.number: entry for entry in export}
    plan = Restoration(entries=[], witnesses=[], refused=[])
    confirmed: Entry | None = None
    for number in range(max([*held, *exported], default=0), 0, -1):
        digest = witnesses.get(number, confirmed.previous if confirmed else None)
        there, offered = held.get(number), exported.get(number)
        agreed = _agreed(there, offered, rewitness)
        if digest is None and agreed and _is_chain(agreed, held, exported, witnesses):
            digest = agreed.hash
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


def ways_out(model: str, findings: Iterable[Finding]) -> list[str]:
    """What can be done about a damaged record, one line each; empty when it is whole."""
    kinds = {finding.kind for finding in findings if finding.is_damage}
    command = f"python run.py ledger restore {model}"
    ways = []
    if kinds & _OF_CONTENT:
        ways += [
            f"with an export: {command} --from EXPORT.json",
            "without an export: bring the entry's file or the database back from a backup of the "
            "artifact store and of ZenML; nothing else has its content",
        ]
    elif "witness" in kinds:
        ways += [
            f"the witness is lost; with an export: {command} --from EXPORT.json",
            f"without one, on somebody's word: {command} --rewitness --by NAME --reason TEXT",
        ]
    if "surplus" in kinds:
        ways.append(
            f"delete that version of artifact ledger-{model}: zenml artifact version delete ID"
        )
    return ways


def _agreed(there: Entry | None, offered: Entry | None, rewitness: bool) -> Entry | None:
    """The entry that record and export agree on; with one of them alone, on ``rewitness``."""
    if there and offered:
        return there if there.hash == offered.hash else None
    return (there or offered) if rewitness else None


def _is_chain(last: Entry, held: Entries, exported: Entries, witnesses: Hashes) -> bool:
    """Whether an entry and all before it are there, linked, and contradicted by no witness."""
    entry: Entry | None = last
    while entry is not None:
        if witnesses.get(entry.number, entry.hash) != entry.hash:
            return False
        number, previous = entry.number - 1, entry.previous
        if number == 0:
            return previous == BEFORE_FIRST
        known = (held.get(number), exported.get(number))
        entry = next((e for e in known if e and e.hash == previous), None)
    return False


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
