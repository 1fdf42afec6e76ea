"""A ledger as a document of its own: JSON to restore from, Markdown to read."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import LedgerError
from core.governance.ledger import Entry

COLUMNS = ("entry", "when (UTC)", "what", "who", "version", "from → to", "why", "hash")


class _Export(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    model: str
    entries: tuple[Entry, ...]


def to_json(model: str, entries: Sequence[Entry]) -> str:
    """Every entry as it is stored, so that each hash can be computed again."""
    export = _Export(model=model, entries=tuple(entries))
    return export.model_dump_json(indent=2, exclude_none=True) + "\n"


def from_json(content: bytes) -> list[Entry]:
    """The entries of ``to_json``; each has the hash of its own content.

    Raises:
        LedgerError: it is no export, or an entry in it was changed.
    """
    try:
        return list(_Export.model_validate_json(content).entries)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        reason = first["msg"].removeprefix("Value error, ")
        raise LedgerError(f"the export can't be used: {where}: {reason}") from None


def to_markdown(model: str, entries: Sequence[Entry]) -> str:
    """A page with a table of the entries and the full hash of each."""
    head = [f"# Ledger of {model}", "", f"{len(entries)} entries.", ""]
    table = [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
    table += [f"| {' | '.join(map(_cell, row(entry)))} |" for entry in entries]
    hashes = ["", "## Hashes", "", *(f"{entry.number}. `{entry.hash}`" for entry in entries)]
    return "\n".join([*head, *table, *hashes]) + "\n"


def row(entry: Entry) -> list[str]:
    """An entry in the words of ``COLUMNS``."""
    action = f"{entry.action} of a {entry.purpose}" if entry.purpose else entry.action
    return [
        str(entry.number),
        entry.at[:19].replace("T", " "),
        action,
        entry.by,
        entry.version or "",
        _change(entry),
        entry.reason,
        entry.hash[:12],
    ]


def _change(entry: Entry) -> str:
    """From → to of whatever differs, production first."""
    if entry.before is None or entry.after is None:
        return ""
    pairs = [
        ("", entry.before.production, entry.after.production),
        ("challenger ", entry.before.challenger, entry.after.challenger),
    ]
    changes = [f"{role}{old or 'none'} → {new or 'none'}" for role, old, new in pairs if old != new]
    return ", ".join(changes)


def _cell(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split())
