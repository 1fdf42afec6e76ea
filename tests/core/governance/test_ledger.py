"""Entries: sealed, linked, and with a hash that anybody can compute again."""

import json
import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from core.governance.ledger import BEFORE_FIRST, Draft, Entry, Standing
from core.governance.verify import read_entry
from tests.core.governance.ledgers import chain, drafts


@given(st.lists(drafts, min_size=1, max_size=5))
def test_a_chain(written: list[Draft]) -> None:
    entries = chain(written)
    assert [entry.number for entry in entries] == list(range(1, len(written) + 1))
    assert entries[0].previous == BEFORE_FIRST
    for before, entry in pairwise(entries):
        assert entry.previous == before.hash
    for draft, entry in zip(written, entries, strict=True):
        assert Draft.model_validate({k: getattr(entry, k) for k in Draft.model_fields}) == draft


@given(drafts)
def test_an_entry_is_read_as_it_was_written(draft: Draft) -> None:
    (entry,) = chain([draft])
    assert read_entry(json.dumps(entry.stored()).encode()) == entry
    assert read_entry(entry.model_dump_json(exclude_none=True).encode()) == entry


def test_a_field_without_a_value_is_not_hashed() -> None:
    """So that a later version of the code can add one without making old entries wrong."""
    (entry,) = chain([Draft(action="submission", by="ann", reason="")])
    assert entry.stored().keys() == {
        *("format", "model", "number", "previous", "at", "user", "hash"),
        *("action", "by", "reason", "details"),
    }


def test_a_changed_entry_is_none() -> None:
    (entry,) = chain([Draft(action="submission", by="ann", reason="")])
    with pytest.raises(ValidationError, match="its hash is not that of its content"):
        Entry.model_validate(entry.stored() | {"by": "bob"})


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_hash_in_a_shell() -> None:
    """As the docstring of ``content_hash`` says."""
    draft = Draft(action="intent", by="Ånn", reason='"ü\n', before=Standing(), details={"ä": "1"})
    (entry,) = chain([draft])
    command = "jq -cSj 'del(.hash)' | sha256sum"
    done = subprocess.run(
        command,
        shell=True,
        input=json.dumps(entry.stored()),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[0] == entry.hash
