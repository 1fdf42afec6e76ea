"""Ledgers for tests: made by the writer's own rules, stored as the artifact store has them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import settings, strategies as st

from core.governance.ledger import Draft, Entry, content_hash, seal
from core.governance.verify import Stored
from core.governance.words import visible

settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")

MODEL = "news"
_TEXT = st.text(max_size=20)
_SEEN = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
_NAME = st.text(_SEEN, min_size=1, max_size=20).filter(lambda name: visible(name) == name)
_SHA = st.text("0123456789abcdef", min_size=64, max_size=64)
_STANDING = st.fixed_dictionaries({}, optional={"production": _TEXT, "challenger": _TEXT})

drafts = st.builds(
    Draft.model_validate,
    st.fixed_dictionaries(
        {
            "action": st.sampled_from(["submission", "block", "intent", "promotion", "repair"]),
            "by": _NAME,
            "reason": _TEXT,
        },
        optional={
            "run": _TEXT,
            "transaction": st.text("0123456789abcdef", min_size=8, max_size=8),
            "purpose": st.sampled_from(["promotion", "rollback"]),
            "version": _TEXT,
            "model_sha256": _SHA,
            "before": _STANDING,
            "after": _STANDING,
            "details": st.dictionaries(_TEXT, _TEXT, max_size=3),
        },
    ),
)


def chain(written: Sequence[Draft], model: str = MODEL) -> list[Entry]:
    entries: list[Entry] = []
    for number, draft in enumerate(written):
        at = f"2026-11-20T00:00:{number:02}.000+00:00"
        entries.append(seal(draft, entries, model=model, at=at, user="default"))
    return entries


def stored(entries: Sequence[Entry]) -> list[Stored]:
    return [Stored(str(entry.number), as_bytes(entry.stored())) for entry in entries]


def as_bytes(values: Any) -> bytes:
    return json.dumps(values).encode()


def witnessed(entries: Sequence[Entry]) -> dict[int, str]:
    return {entry.number: entry.hash for entry in entries}


def resealed(values: dict[str, Any]) -> Entry:
    """An entry with a valid hash of its own, whatever was changed."""
    content = {key: value for key, value in values.items() if key != "hash"}
    return Entry.model_validate(content | {"hash": content_hash(content)})


ledgers = st.lists(drafts, min_size=1, max_size=6).map(chain)
