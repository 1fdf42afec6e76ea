"""An export is the ledger: what is read back is what was written, or an error."""

import json

import pytest
from hypothesis import given, strategies as st

from core.errors import LedgerError
from core.governance.export import COLUMNS, from_json, row, to_json, to_markdown
from core.governance.ledger import Draft, Entry, Standing
from tests.core.governance.ledgers import MODEL, chain, drafts

ledgers = st.lists(drafts, max_size=5).map(chain)


@given(ledgers)
def test_json_and_back(entries: list[Entry]) -> None:
    assert from_json(to_json(MODEL, entries).encode()) == entries


@given(ledgers)
def test_the_export_holds_what_is_stored(entries: list[Entry]) -> None:
    document = json.loads(to_json(MODEL, entries))
    assert document["entries"] == [entry.stored() for entry in entries]


@given(ledgers)
def test_markdown_has_a_row_for_each_entry(entries: list[Entry]) -> None:
    """Whatever people write as a name or a reason stays in its cell."""
    lines = to_markdown(MODEL, entries).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == len(entries) + 2
    for line in table:
        cells = line.replace("\\\\", "").replace("\\|", "").count("|")
        assert cells == len(COLUMNS) + 1


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"format": 2, "model": "m", "entries": []}']
)
def test_what_is_no_export(content: bytes) -> None:
    with pytest.raises(LedgerError, match="the export can't be used"):
        from_json(content)


def test_a_changed_entry_is_named() -> None:
    entries = chain([Draft(action="submission", by="ann", reason="")] * 2)
    document = json.loads(to_json(MODEL, entries))
    document["entries"][1]["by"] = "eve"
    with pytest.raises(LedgerError, match=r"entries\.1: its hash is not that of its content"):
        from_json(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Standing(), Standing(production="1"), "none → 1"),
        (Standing(production="2"), Standing(production="1"), "2 → 1"),
        (
            Standing(production="1", challenger="2"),
            Standing(production="2"),
            "1 → 2, challenger 2 → none",
        ),
        (Standing(production="1"), Standing(production="1"), ""),
    ],
)
def test_from_and_to(before: Standing, after: Standing, words: str) -> None:
    draft = Draft(action="rollback", by="ann", reason="", before=before, after=after)
    (entry,) = chain([draft])
    assert words in row(entry)
