"""A ledger as it is stored, checked against its own chain and against its witness.

The chain alone finds a change that was made by hand; whoever rewrites an entry and every hash
after it is found by the witness, which keeps each entry's hash in another place.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from core.governance.ledger import BEFORE_FIRST, Entry

Kind = Literal[
    "unreadable",
    "changed",
    "rewritten",
    "removed",
    "misplaced",
    "foreign",
    "unlinked",
    "surplus",
    "witness",
    "unfinished",
    "transition",
    "registry",
    "under way",
    "local",
    "late",
    "elsewhere",
]
NOTES = frozenset({"unfinished", "under way", "local", "late", "elsewhere"})


class Finding(BaseModel):
    """Something that is not as the ledger's writer leaves it.

    Attributes:
        number: The entry it is about; None when it is about no single one.
        kind: What is wrong. Those of ``NOTES`` are no damage: ``unfinished``, the last entry has
            no witness yet; ``under way``, a change is in progress; ``local``, this machine lacks
            something that it may lack; ``late``, an entry got its witness from the next writer;
            ``elsewhere``, the witness is not the active stack's MLflow.
        text: What and where, in one line.
    """

    model_config = ConfigDict(frozen=True)

    number: int | None
    kind: Kind
    text: str

    @property
    def is_damage(self) -> bool:
        """Whether it is wrong, and no mere note."""
        return self.kind not in NOTES


class Stored(NamedTuple):
    """One version of the ledger's artifact as it is found; ``content`` None: no file."""

    version: str
    content: bytes | None

    @property
    def number(self) -> int | None:
        """The number of its entry; None when the version can't be one."""
        is_number = self.version.isascii() and self.version.isdecimal()
        return int(self.version) if is_number and self.version[0] != "0" else None


def verify(
    model: str, stored: Sequence[Stored], witnesses: Mapping[int, str]
) -> tuple[list[Entry], list[Finding]]:
    """Check a stored ledger.

    Args:
        model: Whose ledger it is.
        stored: Every version of its artifact, in any order.
        witnesses: Hash by entry number, as the witness has them.

    Returns:
        The entries that are whole, in order, and what is wrong, in the order of the entries.
    """
    numbered, findings = _numbered(stored)
    entries: dict[int, Entry] = {}
    findings += _missing(numbered.keys() | witnesses.keys())
    for number in sorted(numbered.keys() | witnesses.keys()):
        if number not in numbered:
            text = (
                f"entry {number} was removed; the witness knows it as {_short(witnesses[number])}"
            )
            findings.append(Finding(number=number, kind="removed", text=text))
            continue
        result = _checked(model, number, numbered[number], witnesses.get(number))
        if isinstance(result, Entry):
            entries[number] = result
        else:
            findings.append(result)
    findings += _unlinked(entries, witnesses)
    findings += _unwitnessed(entries, witnesses, last=max(numbered, default=0))
    findings.sort(key=lambda finding: (finding.number is None, finding.number))
    return [entries[number] for number in sorted(entries)], findings


def read_entry(content: bytes) -> Entry:
    """An entry from the content of its file.

    Raises:
        ValueError: it is none, or was changed; the message says which, in one line.
    """
    try:
        entry = Entry.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{where}: {reason}" if where else reason) from None
    # As texts, since to Python true and 1.0 are 1.
    found, whole = (json.dumps(v, sort_keys=True) for v in (json.loads(content), entry.stored()))
    if found != whole:
        raise ValueError("it holds values that its hash does not cover")
    return entry


def _numbered(stored: Iterable[Stored]) -> tuple[dict[int, bytes | None], list[Finding]]:
    """Contents by entry number, and the versions that can't be an entry."""
    numbered: dict[int, bytes | None] = {}
    findings = []
    for item in stored:
        if item.number is None:
            text = f"artifact version {item.version!r} is no entry's: they are numbered from 1"
            findings.append(Finding(number=None, kind="surplus", text=text))
        elif item.number in numbered:
            text = f"entry {item.number} is there twice"
            findings.append(Finding(number=item.number, kind="surplus", text=text))
        else:
            numbered[item.number] = item.content
    return numbered, findings


def _missing(known: Iterable[int]) -> Iterator[Finding]:
    """Gaps of which not even the witness knows."""
    before = 0
    for number in sorted(known):
        first, last = before + 1, number - 1
        if first <= last:
            which = f"entry {first}" if first == last else f"entries {first} to {last}"
            text = f"{which} and what the witness knew were removed: entry {number} is there"
            yield Finding(number=first, kind="removed", text=text)
        before = number


def _checked(
    model: str, number: int, content: bytes | None, witness: str | None
) -> Entry | Finding:
    if content is None:
        text = f"entry {number} can't be read: its file is missing"
        return Finding(number=number, kind="unreadable", text=text)
    try:
        entry = read_entry(content)
    except ValueError as error:
        text = f"entry {number} was changed: {error}"
        return Finding(number=number, kind="changed", text=text)
    if entry.number != number:
        text = f"entry {number} is not in its place: artifact version {number} holds entry "
        return Finding(number=number, kind="misplaced", text=text + str(entry.number))
    if entry.model != model:
        text = f"entry {number} is of the ledger of {entry.model}, not of {model}"
        return Finding(number=number, kind="foreign", text=text)
    if witness is not None and witness != entry.hash:
        text = f"entry {number} was rewritten: its hash is {_short(entry.hash)}, the witness "
        text += f"knows it as {_short(witness)}"
        return Finding(number=number, kind="rewritten", text=text)
    return entry


def _unlinked(entries: Mapping[int, Entry], witnesses: Mapping[int, str]) -> Iterator[Finding]:
    """Whole entries that don't carry the hash of the one before, where that is known."""
    hashes = {0: BEFORE_FIRST} | {n: entry.hash for n, entry in entries.items()} | dict(witnesses)
    for number, entry in entries.items():
        before = hashes.get(number - 1)
        if before is not None and entry.previous != before:
            text = f"entry {number} does not follow entry {number - 1}: it names "
            text += f"{_short(entry.previous)} before it, not {_short(before)}"
            yield Finding(number=number, kind="unlinked", text=text)


def _unwitnessed(
    entries: Mapping[int, Entry], witnesses: Mapping[int, str], *, last: int
) -> Iterator[Finding]:
    """A writer gives the entry before it its witness first: only the last one can lack it."""
    for number in entries.keys() - witnesses.keys():
        if number == last:
            text = f"entry {number} is not confirmed: MLflow does not know it; it was written this "
            text += "moment, its writer was stopped, or it was put there by hand"
            yield Finding(number=number, kind="unfinished", text=text)
        else:
            text = f"the witness of entry {number} is missing in MLflow"
            yield Finding(number=number, kind="witness", text=text)


def _short(digest: str) -> str:
    return digest[:12]
