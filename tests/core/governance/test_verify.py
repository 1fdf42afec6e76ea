"""Whatever somebody does to a stored ledger is found, and the finding names the entry."""

from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from core.governance.ledger import Draft, Entry, seal
from core.governance.verify import Finding, Stored, read_entry, verify
from tests.core.governance.ledgers import (
    MODEL,
    as_bytes,
    chain,
    drafts,
    ledgers,
    resealed,
    stored,
    witnessed,
)


@st.composite
def ledgers_with_a_place(draw: st.DrawFn) -> tuple[list[Entry], int]:
    entries = draw(ledgers)
    return entries, draw(st.integers(1, len(entries)))


def findings(entries: list[Stored], witnesses: dict[int, str]) -> list[Finding]:
    return verify(MODEL, entries, witnesses)[1]


def numbers(found: list[Finding]) -> list[int | None]:
    return [finding.number for finding in found]


def replaced(entries: list[Entry], number: int, content: bytes | None) -> list[Stored]:
    return [
        Stored(item.version, content) if item.number == number else item for item in stored(entries)
    ]


@given(ledgers)
def test_any_ledger_is_whole(entries: list[Entry]) -> None:
    assert verify(MODEL, stored(entries)[::-1], witnessed(entries)) == (entries, [])


def test_no_ledger_is_whole() -> None:
    assert verify(MODEL, [], {}) == ([], [])


@given(ledgers_with_a_place(), st.data())
def test_a_changed_field(place: tuple[list[Entry], int], data: st.DataObject) -> None:
    """Any field, to any other text, is found by the hash."""
    entries, number = place
    values = entries[number - 1].stored()
    key = data.draw(st.sampled_from(sorted(values)))
    value = data.draw(st.one_of(st.text(), st.integers(), st.none(), st.booleans()))
    assume(value != values[key] or type(value) is not type(values[key]))
    found = findings(replaced(entries, number, as_bytes(values | {key: value})), witnessed(entries))
    assert [(finding.number, finding.kind) for finding in found] == [(number, "changed")]


@given(ledgers_with_a_place())
def test_a_value_written_in_another_way(place: tuple[list[Entry], int]) -> None:
    """What would be read as the same entry is a change too."""
    entries, number = place
    values = entries[number - 1].stored() | {"number": str(number)}
    found = findings(replaced(entries, number, as_bytes(values)), witnessed(entries))
    assert numbers(found) == [number]


@given(ledgers_with_a_place(), st.text(min_size=1))
def test_a_field_that_was_added(place: tuple[list[Entry], int], key: str) -> None:
    entries, number = place
    values = entries[number - 1].stored()
    assume(key not in values)
    found = findings(replaced(entries, number, as_bytes(values | {key: "x"})), witnessed(entries))
    assert numbers(found) == [number]


@given(ledgers_with_a_place(), st.one_of(st.none(), st.binary()))
def test_a_damaged_file(place: tuple[list[Entry], int], content: bytes | None) -> None:
    entries, number = place
    assert numbers(findings(replaced(entries, number, content), witnessed(entries))) == [number]


@given(ledgers_with_a_place(), st.data())
def test_a_flipped_byte(place: tuple[list[Entry], int], data: st.DataObject) -> None:
    entries, number = place
    content = bytearray(as_bytes(entries[number - 1].stored()))
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    item = Stored(str(number), bytes(content))
    assume(not _is_same(item, entries[number - 1]))
    found = findings(replaced(entries, number, bytes(content)), witnessed(entries))
    assert numbers(found) == [number]


def _is_same(item: Stored, entry: Entry) -> bool:
    """White space between values, or \\u escapes in another case, are no change."""
    try:
        return read_entry(item.content or b"") == entry
    except ValueError:
        return False


@given(ledgers_with_a_place())
def test_a_removed_entry(place: tuple[list[Entry], int]) -> None:
    """At any place; of the last ones only the witness knows."""
    entries, number = place
    left = [entry for entry in entries if entry.number != number]
    found = findings(stored(left), witnessed(entries))
    assert [(finding.number, finding.kind) for finding in found] == [(number, "removed")]


@given(ledgers_with_a_place())
def test_a_removed_entry_and_its_witness(place: tuple[list[Entry], int]) -> None:
    entries, number = place
    assume(number < len(entries))
    left = [entry for entry in entries if entry.number != number]
    assert numbers(findings(stored(left), witnessed(left))) == [number]


@given(ledgers_with_a_place())
def test_a_removed_tail(place: tuple[list[Entry], int]) -> None:
    entries, number = place
    found = findings(stored(entries[: number - 1]), witnessed(entries))
    assert numbers(found) == list(range(number, len(entries) + 1))


@given(ledgers, st.data())
def test_two_entries_swapped(entries: list[Entry], data: st.DataObject) -> None:
    assume(len(entries) > 1)
    first, second = data.draw(
        st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True).map(sorted)
    )
    items = stored(entries)
    items[first], items[second] = (
        Stored(items[first].version, items[second].content),
        Stored(items[second].version, items[first].content),
    )
    found = findings(items, witnessed(entries))
    assert [(finding.number, finding.kind) for finding in found] == [
        (first + 1, "misplaced"),
        (second + 1, "misplaced"),
    ]


@given(ledgers_with_a_place(), drafts)
def test_an_inserted_entry(place: tuple[list[Entry], int], draft: Draft) -> None:
    """A sealed entry between two, all later ones pushed up by one."""
    entries, number = place
    before = entries[: number - 1]
    extra = seal(draft, before, model=MODEL, at="2026-11-20T01:00:00.000+00:00", user="else")
    pushed = [Stored(str(e.number + 1), as_bytes(e.stored())) for e in entries[number - 1 :]]
    found = findings([*stored([*before, extra]), *pushed], witnessed(entries))
    assert numbers(found) == list(range(number, len(entries) + 2))
    assert found[0].kind == "rewritten"


@given(ledgers_with_a_place(), drafts)
def test_a_chain_that_was_rewritten(place: tuple[list[Entry], int], draft: Draft) -> None:
    """Valid hashes throughout, from a changed entry on: the witness contradicts each of them."""
    entries, number = place
    rewritten = entries[: number - 1]
    for entry in entries[number - 1 :]:
        written = draft if entry.number == number else entry
        changed = Draft.model_validate({key: getattr(written, key) for key in Draft.model_fields})
        rewritten = [
            *rewritten,
            seal(changed, rewritten, model=MODEL, at=entry.at, user=entry.user),
        ]
    assume(rewritten != entries)
    found = findings(stored(rewritten), witnessed(entries))
    assert [(finding.number, finding.kind) for finding in found] == [
        (n, "rewritten") for n in range(number, len(entries) + 1)
    ]


@given(ledgers_with_a_place())
def test_a_resealed_entry_whose_witness_is_gone(place: tuple[list[Entry], int]) -> None:
    """Then the entry after it tells."""
    entries, number = place
    assume(number < len(entries))
    changed = resealed(entries[number - 1].stored() | {"by": "nobody known"})
    items = replaced(entries, number, as_bytes(changed.stored()))
    witnesses = {n: digest for n, digest in witnessed(entries).items() if n != number}
    assert set(numbers(findings(items, witnesses))) == {number, number + 1}


@given(ledgers_with_a_place())
def test_a_number_twice(place: tuple[list[Entry], int]) -> None:
    entries, number = place
    items = [*stored(entries), stored(entries)[number - 1]]
    assert [(f.number, f.kind) for f in findings(items, witnessed(entries))] == [
        (number, "surplus")
    ]


@given(ledgers, st.sampled_from(["0", "01", "-1", "1.0", "", "latest", "٣"]))
def test_a_version_that_is_no_number(entries: list[Entry], version: str) -> None:
    items = [*stored(entries), Stored(version, stored(entries)[0].content)]
    (found,) = findings(items, witnessed(entries))
    assert found.number is None
    assert repr(version) in found.text


@given(ledgers_with_a_place())
def test_an_entry_of_another_model(place: tuple[list[Entry], int]) -> None:
    entries, number = place
    other = resealed(entries[number - 1].stored() | {"model": "else"})
    found = findings(replaced(entries, number, as_bytes(other.stored())), witnessed(entries))
    assert numbers(found) == [number]
    assert "else" in found[0].text


@given(ledgers_with_a_place(), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_witness_that_differs(place: tuple[list[Entry], int], digest: str) -> None:
    entries, number = place
    assume(digest != entries[number - 1].hash)
    found = findings(stored(entries), witnessed(entries) | {number: digest})
    assert (number, "rewritten") in [(finding.number, finding.kind) for finding in found]


@given(ledgers_with_a_place())
def test_a_missing_witness(place: tuple[list[Entry], int]) -> None:
    """Only that of the last entry may be missing: its writer was stopped before."""
    entries, number = place
    witnesses = {n: digest for n, digest in witnessed(entries).items() if n != number}
    (found,) = findings(stored(entries), witnesses)
    assert found.number == number
    assert found.is_damage == (number < len(entries))


@given(ledgers_with_a_place())
def test_every_finding_is_one_line(place: tuple[list[Entry], int]) -> None:
    entries, number = place
    broken: dict[str, Any] = entries[number - 1].stored() | {"by": "x\ny", "action": "a\nb"}
    for finding in findings(replaced(entries, number, as_bytes(broken)), witnessed(entries)):
        assert finding.text.splitlines() == [finding.text]


def test_a_huge_number_costs_nothing() -> None:
    entries = chain([Draft(action="submission", by="a", reason="b")])
    items = [*stored(entries), Stored("9" * 30, None)]
    assert numbers(findings(items, witnessed(entries))) == [2, int("9" * 30)]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{}", b"null", b"\xff", b'{"by": NaN}'])
def test_what_is_no_entry_at_all(content: bytes) -> None:
    assert numbers(findings([Stored("1", content)], {})) == [1]
