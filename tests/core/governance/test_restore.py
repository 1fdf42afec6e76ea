"""An export puts back what the witness confirms, and nothing else."""

from hypothesis import assume, given, strategies as st

from core.governance.ledger import Draft, Entry
from core.governance.restore import plan_restoration
from core.governance.verify import Stored, verify
from tests.core.governance.ledgers import (
    MODEL,
    as_bytes,
    chain,
    drafts,
    resealed,
    stored,
    witnessed,
)

ledgers = st.lists(drafts, min_size=1, max_size=6).map(chain)


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


def test_what_nothing_confirms_stays_out() -> None:
    """An export can't bring back what the witness never knew, or forgot with all that follow."""
    entries = chain([Draft(action="submission", by="ann", reason="")] * 3)
    plan = plan_restoration(stored(entries[:2]), witnessed(entries[:2]), entries)
    assert plan.entries == []
    assert plan.refused == ["entry 3 of the export stays out: nothing confirms it"]


def test_an_entry_that_is_written_but_not_witnessed_is_no_refusal() -> None:
    entries = chain([Draft(action="submission", by="ann", reason="")] * 3)
    plan = plan_restoration(stored(entries), witnessed(entries[:2]), entries)
    assert plan == ([], [], [])


def _forged(entry: Entry) -> Entry:
    return resealed(entry.stored() | {"by": f"{entry.by} and eve"})
