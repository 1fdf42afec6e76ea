"""The ledger of a model: entries in order, each carrying the hash of the one before.

Source: Haber & Stornetta 1991, "How to time-stamp a digital document", section 5.1 (linking).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, model_validator

from core.governance.words import Name, visible

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Transaction = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
Purpose = Literal["promotion", "challenge", "withdrawal", "rollback", "repair"]
Action = Literal[
    "submission",
    "block",
    "approval",
    "rejection",
    "cancellation",
    "expiry",
    "intent",
    "promotion",
    "challenge",
    "withdrawal",
    "rollback",
    "abort",
    "repair",
]

BEFORE_FIRST = "0" * 64
IDENTITY = ("version", "bento", "model_sha256", "config_hash", "data_fingerprint")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Standing(_Record):
    """Which versions hold the two roles; None: nobody."""

    production: str | None = None
    challenger: str | None = None

    def __str__(self) -> str:
        return f"production {self.production or 'none'}, challenger {self.challenger or 'none'}"


class Draft(_Record):
    """What whoever acts knows of an entry; the ledger adds the rest.

    Attributes:
        action: What happened. ``intent`` begins a change of the standing; ``promotion``,
            ``challenge``, ``withdrawal`` and ``rollback`` complete it, ``abort`` says that it was
            undone, and ``repair`` that somebody finished or undid it later, or brought the
            registries back to what the ledger says.
        by: The name of who acted, as given, or of the login; "policy" for an automatic act.
        reason: Why, on one line; what can't be seen is written out.
        run: ZenML run.
        transaction: Ties an intent to its completion.
        purpose: Of an intent: what completes it.
        version: The model's version in the registries.
        model_sha256: SHA-256 of the fitted estimator's file.
        bento: Exact tag of its Bento.
        config_hash: SHA-256 of the whole effective config.
        data_fingerprint: SHA-256 of the rows.
        before: Of an intent and its completion: the standing that it changes.
        after: Of an intent (as far as it is known) and its completion: the standing afterwards.
        details: More facts, flat.
    """

    action: Action
    by: Name
    reason: Annotated[str, AfterValidator(visible)]
    run: str | None = None
    transaction: Transaction | None = None
    purpose: Purpose | None = None
    version: str | None = None
    model_sha256: Sha256 | None = None
    bento: str | None = None
    config_hash: Sha256 | None = None
    data_fingerprint: Sha256 | None = None
    before: Standing | None = None
    after: Standing | None = None
    details: dict[str, str] = {}


class Entry(Draft):
    """One entry, sealed.

    Attributes:
        format: Of the entry.
        model: The model's name.
        number: Its place in the ledger, from 1.
        previous: Hash of the entry before; zeros for the first.
        at: When; UTC, ISO 8601.
        user: The ZenML user who wrote it.
        hash: SHA-256 of all of the above in canonical JSON.
    """

    format: Literal[1] = 1
    model: str
    number: PositiveInt
    previous: Sha256
    at: str
    user: str
    hash: Sha256

    @model_validator(mode="after")
    def _hash_is_its_own(self) -> Self:
        if self.hash != content_hash(self.content()):
            raise ValueError("its hash is not that of its content")
        return self

    def content(self) -> dict[str, Any]:
        """What is stored, less the hash; a field without a value is left out."""
        return self.model_dump(mode="json", exclude={"hash"}, exclude_none=True)

    def stored(self) -> dict[str, Any]:
        """What is stored, JSON-ready."""
        return self.content() | {"hash": self.hash}


def content_hash(values: dict[str, Any]) -> str:
    """SHA-256 (hex) of canonical JSON: sorted keys, no blanks, UTF-8.

    In a shell: ``jq -cSj 'del(.hash)' data.json | sha256sum``.
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(draft: Draft, entries: Sequence[Entry], *, model: str, at: str, user: str) -> Entry:
    """The draft as the entry that follows ``entries``, which are the whole ledger in order."""
    values = draft.model_dump(mode="json", exclude_none=True) | {
        "format": 1,
        "model": model,
        "number": len(entries) + 1,
        "previous": entries[-1].hash if entries else BEFORE_FIRST,
        "at": at,
        "user": user,
    }
    return Entry.model_validate(values | {"hash": content_hash(values)})
