"""The state of a ledger, and which entries can follow which."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.governance.gate import demands
from core.governance.ledger import Draft, Entry, Standing, seal
from core.governance.state import COMPLETIONS, LedgerState, after, state_of
from core.governance.transitions import check_transitions, violations
from tests.core.governance.ledgers import MODEL, chain, drafts

EMPTY, FIRST = Standing(), Standing(production="1")
SUBMITTED = Draft(action="submission", by="ann", reason="", run="r")
INTENT = Draft(
    action="intent",
    by="ann",
    reason="",
    run="r",
    transaction="0" * 8,
    purpose="promotion",
    before=EMPTY,
)
PROMOTED = Draft(
    action="promotion",
    by="ann",
    reason="",
    run="r",
    transaction="0" * 8,
    version="1",
    before=EMPTY,
    after=FIRST,
)


def but(draft: Draft, **changes: Any) -> Draft:
    return Draft.model_validate(draft.model_dump() | changes)


def by(name: str) -> Draft:
    return but(APPROVED, by=name)


RELEASED = [SUBMITTED, INTENT, PROMOTED]
APPROVED = but(SUBMITTED, action="approval")
ASKED = but(SUBMITTED, details=demands("required", 2, not_starter=True))
OTHER = {"run": "s", "transaction": "1" * 8}
BACK = but(
    INTENT, run=None, transaction="1" * 8, purpose="rollback", before=Standing(production="2")
)


def release(number: int) -> list[Draft]:
    """Everything of a version that follows the one before it."""
    before = Standing(production=str(number - 1)) if number > 1 else EMPTY
    ids = {"run": f"r{number}", "transaction": f"{number:08x}"}
    now = Standing(production=str(number))
    return [
        but(SUBMITTED, run=ids["run"]),
        but(INTENT, before=before, **ids),
        but(PROMOTED, version=str(number), before=before, after=now, **ids),
    ]


TWO = [*release(1), *release(2)]
POSSIBLE = {
    "a release": RELEASED,
    "two of them": TWO,
    "approved by two": [SUBMITTED, APPROVED, APPROVED, INTENT, PROMOTED],
    "approved as asked": [ASKED, by("bob"), by("carol"), INTENT, PROMOTED],
    "released again after an abort": [
        ASKED,
        by("bob"),
        by("carol"),
        INTENT,
        but(INTENT, action="abort"),
        but(INTENT, transaction="1" * 8),
        but(PROMOTED, transaction="1" * 8),
    ],
    "rolled back by policy": [
        *TWO,
        but(BACK, run="monitoring"),
        but(BACK, run="monitoring", action="rollback", version="1", after=FIRST),
    ],
    "rejected after one approval": [SUBMITTED, APPROVED, but(SUBMITTED, action="rejection")],
    "undone, then released": [SUBMITTED, INTENT, but(INTENT, action="abort"), INTENT, PROMOTED],
    "finished by a repair": [
        SUBMITTED,
        INTENT,
        but(PROMOTED, action="repair", details={"outcome": "finished"}),
    ],
    "taken over, then finished": [
        SUBMITTED,
        INTENT,
        but(INTENT, by="doc"),
        but(PROMOTED, action="repair", by="doc", details={"outcome": "finished"}),
    ],
    "registries repaired": [*RELEASED, Draft(action="repair", by="ann", reason="")],
    "rolled back": [*TWO, BACK, but(BACK, action="rollback", version="1", after=FIRST)],
}
IMPOSSIBLE = {
    "a completion without an intent": [SUBMITTED, PROMOTED],
    "an abort without an intent": [SUBMITTED, but(INTENT, action="abort")],
    "a second open intent": [SUBMITTED, INTENT, but(INTENT, transaction="1" * 8)],
    "taken over for another purpose": [SUBMITTED, INTENT, but(INTENT, purpose="challenge")],
    "a completion of another intent": [SUBMITTED, INTENT, but(PROMOTED, transaction="1" * 8)],
    "a completion of another purpose": [SUBMITTED, INTENT, but(PROMOTED, action="rollback")],
    "a second completion": [*RELEASED, PROMOTED],
    "an intent from where nobody stands": [SUBMITTED, but(INTENT, before=FIRST)],
    "an intent without a transaction": [SUBMITTED, but(INTENT, transaction=None)],
    "a completion from where nobody stands": [SUBMITTED, INTENT, but(PROMOTED, before=FIRST)],
    "a completion to nowhere": [SUBMITTED, INTENT, but(PROMOTED, after=None)],
    "a promotion of nobody": [SUBMITTED, INTENT, but(PROMOTED, version=None, after=EMPTY)],
    "a promotion of another": [SUBMITTED, INTENT, but(PROMOTED, version="2")],
    "an approval without a submission": [APPROVED],
    "a block without a submission": [but(SUBMITTED, action="block")],
    "an approval after a block": [SUBMITTED, but(SUBMITTED, action="block"), APPROVED],
    "an approval after a rejection": [SUBMITTED, but(SUBMITTED, action="rejection"), APPROVED],
    "a second submission": [SUBMITTED, but(SUBMITTED, action="rejection"), SUBMITTED],
    "a submission of no run": [but(SUBMITTED, run=None)],
    "a submission that asks for nobody": [but(ASKED, details=ASKED.details | {"approvals": "0"})],
    "a release of no run": [but(INTENT, run=None)],
    "a release that was never submitted": [SUBMITTED, but(INTENT, **OTHER)],
    "a release that nobody approved": [ASKED, INTENT],
    "a release with too few approvals": [ASKED, by("bob"), INTENT],
    "a release that one person approved twice": [ASKED, by("bob"), by(" BOB"), INTENT],
    "an approval by the starter": [ASKED, by("ann ")],
    "a release of what the gate refused": [
        but(SUBMITTED, details={"decision": "blocked"}),
        INTENT,
    ],
    "a release of another model": [
        but(SUBMITTED, model_sha256="a" * 64),
        but(INTENT, model_sha256="b" * 64),
    ],
    "an approval of another model": [
        but(SUBMITTED, model_sha256="a" * 64),
        but(APPROVED, model_sha256="b" * 64),
    ],
    "a completion of another run": [
        SUBMITTED,
        but(SUBMITTED, run="s"),
        INTENT,
        but(PROMOTED, run="s"),
    ],
    "a rejection in the middle of the release": [
        SUBMITTED,
        INTENT,
        but(SUBMITTED, action="rejection"),
    ],
    "a challenge after a cancellation": [
        SUBMITTED,
        but(SUBMITTED, action="cancellation"),
        but(INTENT, purpose="challenge"),
    ],
    "a release after its expiry": [ASKED, but(SUBMITTED, action="expiry"), INTENT],
    "a promotion after a block": [SUBMITTED, but(SUBMITTED, action="block"), INTENT],
    "a challenge of nobody": [
        SUBMITTED,
        but(INTENT, purpose="challenge"),
        but(PROMOTED, action="challenge"),
    ],
    "a withdrawal of nobody": [
        *RELEASED,
        but(INTENT, transaction="1" * 8, purpose="withdrawal", before=FIRST),
        but(
            PROMOTED,
            action="withdrawal",
            transaction="1" * 8,
            before=FIRST,
            after=Standing(production="1", challenger="1"),
        ),
    ],
    "a rollback to what never served": [
        *TWO,
        BACK,
        but(BACK, action="rollback", after=Standing(production="3")),
    ],
    "a repair that finishes nothing": [
        SUBMITTED,
        INTENT,
        but(PROMOTED, action="repair", after=None, details={"outcome": "finished"}),
    ],
}


@pytest.mark.parametrize("name", POSSIBLE)
def test_what_can_be(name: str) -> None:
    assert check_transitions(chain(POSSIBLE[name])) == []


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be(name: str) -> None:
    """It is found at the last entry, and only there."""
    entries = chain(IMPOSSIBLE[name])
    found = check_transitions(entries)
    assert {finding.number for finding in found} == {len(entries)}
    assert violations(state_of(entries[:-1]), entries[-1])


def test_the_state_of_a_rollback() -> None:
    state = state_of(chain(POSSIBLE["rolled back"]))
    assert (state.standing, state.served, state.open_intent) == (FIRST, ("1", "2"), None)


def test_an_open_intent_stays_until_its_own_end() -> None:
    other = but(INTENT, action="abort", transaction="1" * 8)
    assert state_of(chain([SUBMITTED, INTENT, other])).open_intent is not None
    assert state_of(chain([SUBMITTED, INTENT, but(INTENT, action="abort")])).open_intent is None


@given(st.lists(drafts, max_size=8).map(chain))
def test_the_state_of_any_entries(entries: list[Entry]) -> None:
    """Whatever was written, the fold keeps its promises, and can be continued at any entry."""
    state = state_of(entries)
    assert state.last == (entries[-1] if entries else None)
    assert len(set(state.served)) == len(state.served)
    assert state.standing.production is None or state.standing.production in state.served
    assert state.open_intent is None or state.open_intent.action == "intent"
    for cut in range(len(entries)):
        assert after(state_of(entries[:cut]), entries[cut]) == state_of(entries[: cut + 1])


class Writers(RuleBasedStateMachine):
    """Drafts of every kind in any order, of which the ledger takes what is possible."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.state = LedgerState()
        self.begun = 0

    def write(self, draft: Draft) -> None:
        if not violations(self.state, draft):
            at, user = "2026-11-20T00:00:00.000+00:00", "default"
            # Who takes over an open change begins no other.
            self.begun += draft.action == "intent" and self.state.open_intent is None
            self.entries.append(seal(draft, self.entries, model=MODEL, at=at, user=user))
            self.state = after(self.state, self.entries[-1])

    @rule(
        action=st.sampled_from(["submission", "block", "approval", "rejection"]),
        run=st.sampled_from(["r1", "r2"]),
    )
    def decides(self, action: str, run: str) -> None:
        self.write(but(SUBMITTED, action=action, run=run))

    @rule(
        purpose=st.sampled_from(sorted(COMPLETIONS)),
        transaction=st.sampled_from(["0" * 8, "1" * 8]),
        current=st.booleans(),
    )
    def begins(self, purpose: str, transaction: str, current: bool) -> None:
        before = self.state.standing if current else Standing(production="9")
        run = "r1" if purpose in ("promotion", "challenge") else None
        self.write(but(INTENT, run=run, purpose=purpose, transaction=transaction, before=before))

    @rule(
        action=st.sampled_from([*sorted(COMPLETIONS), "abort"]),
        version=st.sampled_from(["1", "2", "3"]),
        as_challenger=st.booleans(),
    )
    @precondition(lambda self: self.entries)
    def ends(self, action: str, version: str, as_challenger: bool) -> None:
        before = self.state.standing
        role = "challenger" if as_challenger else "production"
        self.write(
            but(
                PROMOTED,
                action=action,
                run=self.entries[-1].run,
                transaction=self.entries[-1].transaction,
                version=version,
                before=before,
                after=before.model_copy(update={role: version}),
            )
        )

    @invariant()
    def is_possible_throughout(self) -> None:
        assert check_transitions(self.entries) == []

    @invariant()
    def changes_exclude_each_other(self) -> None:
        """Between an intent and the next there is its end."""
        actions = [entry.action for entry in self.entries]
        ends = sum(action in COMPLETIONS or action == "abort" for action in actions)
        assert self.begun - ends == (self.state.open_intent is not None)


Writers.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestWriters = Writers.TestCase
