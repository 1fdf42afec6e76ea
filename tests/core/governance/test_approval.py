"""Votes: who may cast one, and what they add up to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from core.config.promotion import ApproversConfig
from core.errors import LedgerError
from core.governance.approval import (
    VOTER,
    Act,
    Answer,
    Person,
    objection,
    release_of,
    repeated,
    settle,
)
from core.governance.ledger import Draft, Entry, seal

RUN, OTHER = "run-1", "run-2"
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = ApproversConfig()


class Ledger:
    """A ledger in memory, an hour between its entries."""

    def __init__(self, run: str = RUN, by: str = "starter", user: str = "default") -> None:
        self.entries: list[Entry] = []
        self.write("submission", by, run=run, user=user)

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=len(self.entries))

    def write(
        self, action: Any, by: str, *, run: str = RUN, user: str = "default", **details: str
    ) -> Entry:
        draft = Draft(action=action, by=by, reason="because", run=run, details=details)
        at = self.now.isoformat(timespec="milliseconds")
        self.entries.append(seal(draft, self.entries, model="m", at=at, user=user))
        return self.entries[-1]

    def object_to(
        self, act: Act, name: str, config: ApproversConfig = ONE, *, user: str = "default", **o: Any
    ) -> str | None:
        options = {"now": self.now, "authenticated": False} | o
        return objection(self.entries, RUN, config, act, Person(name=name, user=user), **options)

    def outcome(self, config: ApproversConfig = ONE) -> tuple[str, int]:
        found = settle(self.entries, RUN, config, self.now)
        return found.outcome, found.missing


def test_one_approval_is_enough_by_default() -> None:
    ledger = Ledger()
    assert ledger.outcome() == ("pending", 1)
    ledger.write("approval", "ann")
    assert ledger.outcome() == ("approved", 0)
    assert settle(ledger.entries, RUN, ONE, ledger.now).text == "approved by ann: because"


def test_a_quorum() -> None:
    two, ledger = ApproversConfig(count=2), Ledger()
    ledger.write("approval", "ann")
    assert ledger.outcome(two) == ("pending", 1)
    assert settle(ledger.entries, RUN, two, ledger.now).text == "waits for 1 more approval"
    ledger.write("approval", "bob")
    found = settle(ledger.entries, RUN, two, ledger.now)
    assert (found.outcome, found.text) == ("approved", "approved by ann, bob: because")


@pytest.mark.parametrize(
    ("action", "outcome"), [("rejection", "rejected"), ("cancellation", "cancelled")]
)
def test_one_person_ends_it(action: str, outcome: str) -> None:
    ledger = Ledger()
    ledger.write("approval", "ann")
    ledger.write(action, "bob")
    assert ledger.outcome(ApproversConfig(count=3)) == (outcome, 0)


def test_other_runs_do_not_count() -> None:
    ledger = Ledger()
    ledger.write("submission", "starter", run=OTHER)
    ledger.write("approval", "ann", run=OTHER)
    ledger.write("block", "starter", run=OTHER)
    assert ledger.outcome() == ("pending", 1)
    assert ledger.object_to("approval", "ann") is None


def test_a_candidate_expires() -> None:
    short, ledger = ApproversConfig(count=2, expires_hours=2.5), Ledger()
    submitted = datetime.fromisoformat(ledger.entries[0].at)
    ledger.write("approval", "ann")
    deadline = submitted + timedelta(hours=2.5)
    before = settle(ledger.entries, RUN, short, deadline - timedelta(milliseconds=1))
    assert (before.outcome, before.expires) == ("pending", deadline)
    assert "until 2026-11-20 14:30 UTC" in before.text
    assert settle(ledger.entries, RUN, short, deadline).outcome == "expired"
    text = ledger.object_to("approval", "bob", short, now=deadline)
    assert text is not None
    assert "expired at 2026-11-20 14:30:00 UTC" in text


def test_what_was_approved_in_time_does_not_expire() -> None:
    short, ledger = ApproversConfig(expires_hours=1.5), Ledger()
    ledger.write("approval", "ann")
    later = ledger.now + timedelta(days=9)
    assert settle(ledger.entries, RUN, short, later).outcome == "approved"


def test_a_written_expiry_holds_for_a_slow_clock() -> None:
    short, ledger = ApproversConfig(expires_hours=5), Ledger()
    ledger.write("expiry", "policy")
    assert settle(ledger.entries, RUN, short, START).outcome == "expired"


def test_nobody_votes_twice() -> None:
    three, ledger = ApproversConfig(count=3), Ledger()
    ledger.write("approval", "Ann Lee")
    for name in ("Ann Lee", " ann  LEE ", "\uff21nn lee"):
        assert ledger.object_to("approval", name, three) == f"{name} voted already: " + (
            "approval in entry 2"
        )
        assert ledger.object_to("rejection", name, three)
        assert ledger.object_to("cancellation", name, three) is None
    assert ledger.object_to("approval", "ann", three) is None


def test_the_starter() -> None:
    strict, ledger = ApproversConfig(not_starter=True), Ledger(by="Ann")
    refused = ledger.object_to("approval", "ann", strict)
    assert refused is not None
    assert "promotion.approvers.not_starter" in refused
    assert ledger.object_to("approval", "bob", strict) is None
    assert ledger.object_to("approval", "ann") is None
    assert ledger.object_to("rejection", "ann", strict) is None
    assert ledger.object_to("cancellation", "ann", strict) is None


def test_two_names_of_one_authenticated_user() -> None:
    strict, ledger = ApproversConfig(count=2, not_starter=True), Ledger(by="ann", user="a@x")
    known = {"authenticated": True}
    assert ledger.object_to("approval", "bob", strict, user="a@x", **known)
    assert ledger.object_to("approval", "bob", strict, user="a@x") is None
    ledger.write("approval", "bob", user="b@x")
    assert ledger.object_to("approval", "carl", strict, user="b@x", **known)
    assert ledger.object_to("approval", "carl", strict, user="c@x", **known) is None


def test_a_vote_that_somebody_else_wrote_down_is_the_voters() -> None:
    two, ledger = ApproversConfig(count=2), Ledger()
    ledger.write("approval", "bob", user="runner", **{VOTER: "b@x"})
    assert ledger.object_to("approval", "carl", two, user="b@x", authenticated=True)
    assert ledger.object_to("approval", "carl", two, user="runner", authenticated=True) is None


def test_what_was_approved_can_be_cancelled_until_it_is_released() -> None:
    ledger = Ledger()
    ledger.write("approval", "ann")
    for act in ("approval", "rejection"):
        assert "settled: approved by ann" in str(ledger.object_to(act, "bob"))
    assert ledger.object_to("cancellation", "ann") is None
    ledger.write("cancellation", "bob")
    found = settle(ledger.entries, RUN, ONE, ledger.now)
    assert (found.outcome, found.text) == ("cancelled", "cancelled by bob: because")
    assert "settled: cancelled by bob" in str(ledger.object_to("cancellation", "ann"))


def test_what_is_released_can_not_be_cancelled() -> None:
    ledger = Ledger()
    ledger.write("approval", "ann")
    ledger.write("promotion", "starter")
    assert ledger.object_to("cancellation", "ann") == "it is released already"


@pytest.mark.parametrize("act", ["approval", "rejection", "cancellation"])
def test_nobody_votes_as_the_policy(act: Act) -> None:
    assert Ledger().object_to(act, "Policy") == "the name 'Policy' is reserved for automatic acts"


def test_a_settled_candidate_stays_settled() -> None:
    ledger = Ledger()
    ledger.write("rejection", "ann")
    for act in ("approval", "rejection", "cancellation"):
        refused = ledger.object_to(act, "bob")
        assert refused == "the candidate is settled: rejected by ann: because"


def test_the_same_act_again_is_found() -> None:
    ledger, ann = Ledger(), Person(name="ann", user="default")
    written = ledger.write("approval", "Ann")
    again = {"authenticated": False}
    assert repeated(ledger.entries, RUN, "approval", ann, **again) == written
    assert repeated(ledger.entries, RUN, "rejection", ann, **again) is None
    assert repeated(ledger.entries, OTHER, "approval", ann, **again) is None


def test_the_release_of_a_run() -> None:
    ledger = Ledger()
    assert release_of(ledger.entries, RUN) is None
    ledger.write("promotion", "starter", run=OTHER)
    ledger.write("repair", "doc", outcome="undone")
    assert release_of(ledger.entries, RUN) is None
    finished = ledger.write("repair", "doc", outcome="finished")
    assert release_of(ledger.entries, RUN) == finished


def test_a_run_that_was_never_submitted() -> None:
    with pytest.raises(LedgerError, match="no submission of run run-1"):
        settle(Ledger(run=OTHER).entries, RUN, ONE, START)


@pytest.mark.parametrize("key", ["by", "reason"])
def test_an_answer_needs_words(key: str) -> None:
    words = {"by": "ann", "reason": "fine"}
    assert Answer(approved=True, **words)
    with pytest.raises(ValidationError):
        Answer.model_validate({"approved": True} | words | {key: " \t"})


_SHORT = ("pending", "rejected", "cancelled", "expired")
PEOPLE = st.sampled_from(["ann", "Ann ", "bob", "carl", "dora", "starter"])
ACTS = st.sampled_from(["approval", "approval", "approval", "rejection", "cancellation"])
CONFIGS = st.builds(
    ApproversConfig,
    count=st.integers(1, 3),
    not_starter=st.booleans(),
    expires_hours=st.sampled_from([None, 2.5, 4.5]),
)


@given(CONFIGS, st.lists(st.tuples(ACTS, PEOPLE), max_size=8))
def test_only_allowed_votes_get_in_and_the_first_settlement_stays(
    config: ApproversConfig, attempts: Sequence[tuple[Act, str]]
) -> None:
    ledger, settled = Ledger(), None
    for act, name in attempts:
        refused = ledger.object_to(act, name, config)
        if refused is None:
            ledger.write(act, name)
        else:
            ledger.write("block", "time", run=OTHER)  # time passes
        found = settle(ledger.entries, RUN, config, ledger.now)
        votes = [entry for entry in ledger.entries if entry.run == RUN][1:]
        approvers = [vote.by.strip().casefold() for vote in votes if vote.action == "approval"]
        assert len(approvers) == len(set(approvers))
        assert not (config.not_starter and "starter" in approvers)
        assert len(approvers) <= config.count
        is_enough = len(approvers) == config.count
        assert found.outcome in (("approved", "cancelled") if is_enough else _SHORT)
        assert (found.missing == 0) == (found.outcome != "pending")
        if settled == "approved" and act == "cancellation":
            assert refused is None
            settled = found.outcome
            assert settled == "cancelled"
        elif settled is not None:
            assert refused is not None
            assert found.outcome == settled
        elif found.outcome != "pending":
            settled = found.outcome


@given(st.lists(st.tuples(ACTS, PEOPLE), max_size=6), st.integers(0, 9))
def test_time_alone_only_expires(votes: Sequence[tuple[Act, str]], hours: int) -> None:
    config, ledger = ApproversConfig(count=2, expires_hours=3), Ledger()
    for act, name in votes:
        if ledger.object_to(act, name, config) is None:
            ledger.write(act, name)
    now = settle(ledger.entries, RUN, config, ledger.now).outcome
    later = settle(ledger.entries, RUN, config, ledger.now + timedelta(hours=hours)).outcome
    assert later == now or (now, later) == ("pending", "expired")
