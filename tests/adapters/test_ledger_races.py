"""Real processes at one ledger: the chain never forks, and no entry is lost."""

import signal
from pathlib import Path

import pytest
from zenml.client import Client

from adapters.ledger import append, check_ledger, load_record, read_ledger
from core.governance.transitions import check_transitions
from tests.adapters.ledger_writers import (
    begin_once,
    die_before_the_witness,
    submission,
    together,
    write_many,
)

pytestmark = pytest.mark.integration
WRITERS = [str(number) for number in range(5)]
EACH = 6


@pytest.fixture(autouse=True)
def _tables(stack: str) -> None:
    """MLflow makes its tables at first use, which is no matter of the ledger."""
    assert read_ledger("nobody") == []


def test_no_entry_is_lost() -> None:
    codes = together(write_many, WRITERS, "many", EACH)
    assert codes == [0] * len(WRITERS)
    entries, findings = check_ledger("many")
    assert findings == []
    assert [entry.number for entry in entries] == list(range(1, EACH * len(WRITERS) + 1))
    for name in WRITERS:
        mine = [entry.reason for entry in entries if entry.by == name]
        assert mine == [str(number) for number in range(EACH)]
    folder = Path(Client().active_stack.artifact_store.path) / "ledger-many"
    assert len(list(folder.iterdir())) == len(entries), "whoever loses a race leaves no files"


def test_one_of_many_begins() -> None:
    codes = together(begin_once, WRITERS, "lock")
    assert sorted(codes) == [0] + [3] * (len(WRITERS) - 1)
    (intent,) = read_ledger("lock")
    assert codes[int(intent.by)] == 0


def test_the_witness_of_a_killed_writer_is_made_by_the_next() -> None:
    append("killed", submission("ann"))
    assert together(die_before_the_witness, ["bob"], "killed") == [-signal.SIGKILL]
    _, (finding,) = check_ledger("killed")
    assert (finding.number, finding.kind) == (2, "unfinished")
    append("killed", submission("ann"))
    entries, findings = check_ledger("killed")
    assert findings == []
    assert load_record("killed").witnesses == {entry.number: entry.hash for entry in entries}
    assert [entry.by for entry in entries] == ["ann", "bob", "ann"]
    (late,) = check_transitions(entries)
    assert late.text.startswith("entry 2 had no witness until ann wrote entry 3")
    assert not late.is_damage
