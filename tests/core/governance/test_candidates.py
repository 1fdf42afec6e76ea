"""Which candidates are open, by the ledger alone."""

from typing import Any

import pytest

from core.config.promotion import ApproversConfig, PromotionConfig
from core.governance.candidates import act_on, brought, open_runs
from core.governance.gate import demands
from core.governance.ledger import Draft, Entry
from tests.core.governance.card.cases import case
from tests.core.governance.ledgers import chain

PROMOTION = PromotionConfig(
    approval="required", approvers=ApproversConfig(count=2, not_starter=True)
)
ASKED = {"decision": "promote", **demands("required", 1, not_starter=False)}


def draft(action: Any, run: str = "run-1", **details: str) -> Draft:
    return Draft(action=action, by="ann", reason="because", run=run, details=details)


def open_after(*drafts: Draft) -> list[str | None]:
    return [entry.run for entry in open_runs(chain(drafts))]


@pytest.mark.parametrize(
    ("details", "is_open"),
    [
        (ASKED, True),
        (ASKED | {"decision": "blocked"}, False),  # killed before the block was written
        (ASKED | {"approval": "auto"}, False),
        ({}, False),
    ],
)
def test_a_submission_alone(details: dict[str, str], is_open: bool) -> None:
    assert bool(open_after(draft("submission", **details))) is is_open


@pytest.mark.parametrize("end", ["rejection", "cancellation", "expiry", "block", "promotion"])
def test_an_end(end: str) -> None:
    first = draft("submission", **ASKED)
    assert open_after(first, draft("approval")) == ["run-1"]
    assert open_after(first, draft(end)) == []
    other = draft("submission", run="run-2", **ASKED)
    assert open_after(first, other, draft(end)) == ["run-2"]


@pytest.mark.parametrize(
    ("outcome", "actions"),
    [("promote", ["submission"]), ("blocked", ["submission", "block"])],
)
def test_what_the_gate_writes(outcome: str, actions: list[str]) -> None:
    found = case()
    decision = found.decision.model_copy(update={"outcome": outcome})
    written = brought(found.model_copy(update={"decision": decision}), PROMOTION)
    assert [draft.action for draft in written] == actions
    details = {"candidate": found.selected.name, "decision": outcome}
    assert written[0].details == details | demands("required", 2, not_starter=True)
    assert bool(open_after(written[0])) is (outcome == "promote")
    assert open_after(*written) == (["run-1"] if outcome == "promote" else [])


def test_what_is_written_is_about_the_same_bytes() -> None:
    facts = {"model_sha256": "a" * 64, "config_hash": "b" * 64, "data_fingerprint": "c" * 64}
    submission: Entry = chain([draft("submission", **ASKED).model_copy(update=facts)])[0]
    written = act_on(submission, "cancellation", "policy", "stopped in ZenML")
    assert written.model_dump(include=set(facts)) == facts
    assert (written.run, written.details) == ("run-1", {})
