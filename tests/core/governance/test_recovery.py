"""What is lost comes back on the word of the witness, of an export, or of a person."""

from hypothesis import assume, given, strategies as st

from core.governance.ledger import Draft, Entry
from core.governance.recovery import plan_restoration, ways_out
from core.governance.verify import Stored, verify
from tests.core.governance.ledgers import (
    MODEL,
    as_bytes,
    chain,
    ledgers,
    resealed,
    stored,
    witnessed,
)


@given(ledgers, st.data())
def test_any_damage_is_mended(entries: list[Entry], data: st.DataObject) -> None:
    """Entries removed, damaged, swapped or resealed, and any witness lost but the last."""
    items = stored(entries)
    for place in data.draw(st.sets(st.sampled_from(range(len(entries))))):
        other = data.draw(st.sampled_from(entries))
        content = data.draw(
            st.sampled_from(
                [None, b"", as_bytes(other.stored()), as_bytes(_forged(entries[place]).stored())]
            )
        )
        items[place] = Stored(str(place + 1), content)
    items = data.draw(st.lists(st.sampled_from(items), unique=True))
    lost = data.draw(st.sets(st.sampled_from(range(1, len(entries) + 1)))) - {len(entries)}
    witnesses = {n: digest for n, digest in witnessed(entries).items() if n not in lost}

    plan = plan_restoration(items, witnesses, entries)
    after = {item.version: item for item in items}
    after |= {item.version: item for item in stored(plan.entries)}
    witnesses |= witnessed(plan.witnesses)
    assert verify(MODEL, list(after.values()), witnesses) == (entries, [])
    assert plan.refused == []


@given(ledgers, st.data())
def test_nothing_else_gets_in(entries: list[Entry], data: st.DataObject) -> None:
    """A forged export, however valid its hashes, restores nothing that the witness denies."""
    first = data.draw(st.sampled_from(range(len(entries))))
    forged = chain([Draft(action="repair", by="eve", reason="") for _ in entries])
    assume(all(a.hash != b.hash for a, b in zip(forged, entries, strict=True)))
    plan = plan_restoration(stored(entries[:first]), witnessed(entries), forged)
    assert (plan.entries, plan.witnesses) == ([], [])
    assert len(plan.refused) == len(entries)


@given(ledgers)
def test_a_whole_ledger_is_left_alone(entries: list[Entry]) -> None:
    assert plan_restoration(stored(entries), witnessed(entries), entries) == ([], [], [])


@given(ledgers, st.data())
def test_a_lost_witness_and_an_export(entries: list[Entry], data: st.DataObject) -> None:
    """The record and the export hold the same: that is a witness too, of all that it holds."""
    kept = data.draw(st.sets(st.sampled_from(range(1, len(entries) + 1))))
    witnesses = {n: digest for n, digest in witnessed(entries).items() if n in kept}
    export = entries[: data.draw(st.integers(1, len(entries)))]
    plan = plan_restoration(stored(entries), witnesses, export)
    assert (plan.entries, plan.refused) == ([], [])
    known = witnesses | witnessed(plan.witnesses)
    assert set(known) >= {entry.number for entry in export}
    assert known.items() <= witnessed(entries).items()


@given(ledgers, st.data())
def test_a_lost_witness_and_another_past(entries: list[Entry], data: st.DataObject) -> None:
    """Record and export differ, and nothing says which of them is right."""
    forged = chain([Draft(action="repair", by="eve", reason="") for _ in entries])
    assume(all(a.hash != b.hash for a, b in zip(forged, entries, strict=True)))
    rewitness = data.draw(st.booleans())
    plan = plan_restoration(stored(entries), {}, forged, rewitness=rewitness)
    assert (plan.entries, plan.witnesses) == ([], [])
    assert len(plan.refused) == len(entries)


@given(ledgers, st.data())
def test_a_witness_that_is_left_has_the_last_word(
    entries: list[Entry], data: st.DataObject
) -> None:
    """Record and export agree on a chain that one witness denies: nothing of it is confirmed."""
    number = data.draw(st.sampled_from(range(1, len(entries) + 1)))
    denied = {number: "0" * 64}
    for rewitness in (False, True):
        plan = plan_restoration(stored(entries), denied, entries, rewitness=rewitness)
        assert plan.entries == []
        assert all(entry.number < number for entry in plan.witnesses)


@given(ledgers)
def test_a_lost_witness_and_a_person_who_says_so(entries: list[Entry]) -> None:
    plan = plan_restoration(stored(entries), {}, [])
    assert plan == ([], [], [])
    plan = plan_restoration(stored(entries), {}, [], rewitness=True)
    assert plan == ([], entries, [])


@given(ledgers, st.data())
def test_nobody_can_vouch_for_a_broken_chain(entries: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(range(len(entries))))
    items = stored(entries)
    items[place] = Stored(str(place + 1), None)
    plan = plan_restoration(items, {}, [], rewitness=True)
    assert plan.entries == []
    assert plan.witnesses == entries[:place], "what follows stays without"


def test_ways_out() -> None:
    """Each kind of damage has its own; a whole ledger, and a note, have none."""
    entries = chain([Draft(action="submission", by="ann", reason="")] * 3)
    assert ways_out(MODEL, verify(MODEL, stored(entries), witnessed(entries[:2]))[1]) == []
    lost = ways_out(MODEL, verify(MODEL, stored(entries), {})[1])
    assert [word in line for line, word in zip(lost, ["--from", "--rewitness"], strict=True)]
    items = [*stored(entries)[:2], Stored("3", None), Stored("x", b"")]
    damaged = ways_out(MODEL, verify(MODEL, items, witnessed(entries))[1])
    words = ["--from", "backup", "version delete"]
    assert all(word in line for line, word in zip(damaged, words, strict=True))


def test_what_nothing_confirms_stays_out() -> None:
    """An export can't bring back by itself what the witness never knew."""
    entries = chain([Draft(action="submission", by="ann", reason="")] * 3)
    plan = plan_restoration(stored(entries[:2]), witnessed(entries[:2]), entries)
    assert plan.entries == []
    assert plan.refused == ["entry 3 of the export stays out: nothing confirms it"]


def test_an_entry_that_is_written_but_not_witnessed_is_no_refusal() -> None:
    entries = chain([Draft(action="submission", by="ann", reason="")] * 3)
    plan = plan_restoration(stored(entries), witnessed(entries[:2]), entries[:2])
    assert plan == ([], [], [])
    plan = plan_restoration(stored(entries), witnessed(entries[:2]), entries)
    assert plan == ([], entries[2:], [])


def _forged(entry: Entry) -> Entry:
    return resealed(entry.stored() | {"by": f"{entry.by} and eve"})
