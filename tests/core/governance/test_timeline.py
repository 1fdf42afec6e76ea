"""The time line says what the ledger and monitoring say, in order and once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.governance.ledger import Draft, Entry, Standing
from core.governance.timeline import Batch, Event, lasting, timeline
from tests.core.governance.ledgers import chain, drafts

NONE, ONE, TWO = Standing(), Standing(production="1"), Standing(production="2")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def draft(action: str, by: str, reason: str = "", **facts: Any) -> Draft:
    return Draft.model_validate({"action": action, "by": by, "reason": reason} | facts)


def change(number: int, purpose: str, by: str, reason: str, **facts: Any) -> list[Draft]:
    shared = {"transaction": f"{number:08x}", "before": facts.pop("before"), "reason": reason}
    run = {"run": facts.pop("run", None)}
    named = {"version": facts["version"]} if purpose == "rollback" else {}
    intent = draft("intent", by, purpose=purpose, **shared, **run, **named)
    return [intent, draft(purpose, by, **shared, **run, **facts)]


LIFE = [
    draft("submission", "ann", "first", run="a" * 36),
    *change(1, "promotion", "ann", "", before=NONE, after=ONE, version="1", run="a" * 36),
    draft("submission", "ann", "better", run="b" * 36),
    draft("approval", "bob", "seen the case", run="b" * 36),
    *change(2, "promotion", "ann", "", before=ONE, after=TWO, version="2", run="b" * 36),
    draft("submission", "ann", "worse", run="c" * 36),
    draft("block", "ann", "accuracy 0.7 >= 0.8 fails", run="c" * 36),
    *change(3, "rollback", "carol", "complaints", before=TWO, after=ONE, version="1"),
    *change(5, "rollback", "dave", "again", before=ONE, version="2")[:1],
    draft("abort", "dave", "the scorer was altered", transaction=f"{5:08x}"),
    draft("intent", "ann", transaction="4" * 8, purpose="withdrawal", before=ONE),
]


def told(*batches: Batch) -> list[tuple[str, str]]:
    return [(event.subject, event.text) for event in timeline(chain(LIFE), batches, NOW)]


def test_a_life() -> None:
    assert told() == [
        ("version 1", "submitted by ann: first"),
        ("version 1", "promoted by ann; in production for 4 s, until version 2"),
        ("version 2", "submitted by ann: better"),
        ("version 2", "approved by bob: seen the case"),
        ("version 2", "promoted by ann; in production for 4 s, until version 1"),
        ("run cccccccc", "submitted by ann: worse"),
        ("run cccccccc", "blocked by ann: accuracy 0.7 >= 0.8 fails"),
        (
            "version 1",
            "rolled back by carol from version 2: complaints; in production since, 23 h 59 min "
            "so far",
        ),
        ("version 2", "rollback undone by dave: the scorer was altered"),
        ("the model", "withdrawal begun by ann and not finished"),
    ]


def test_monitoring_comes_in_between() -> None:
    at = datetime(2026, 11, 20, 0, 0, 2, 500_000, tzinfo=UTC)
    assert told(Batch("1", at, "high", "d" * 36))[2] == (
        "version 1",
        "monitored: drift high (run dddddddd)",
    )


@given(st.lists(drafts, max_size=8).map(chain))
def test_any_ledger_has_one(entries: list[Entry]) -> None:
    """In order of time, each entry at most once, and everything but closed intents."""
    events = timeline(entries, [], NOW)
    numbers = [event.entry for event in events]
    assert numbers == sorted(set(numbers))
    missing = {entry.number for entry in entries} - set(numbers)
    assert all(entries[number - 1].action == "intent" for number in missing)
    assert all(isinstance(event, Event) and event.text for event in events)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3725, "1 h 2 min"),
        (3605, "1 h"),
        (90000, "1 d 1 h"),
        (86400 * 40, "40 d"),
    ],
)
def test_spans(seconds: int, words: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == words
