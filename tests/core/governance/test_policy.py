"""When production goes back by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from core.config.monitoring import RollbackPolicy
from core.governance.ledger import Draft, Entry, Standing
from core.governance.policy import (
    BATCH,
    POLICY,
    Feedback,
    broken_by_drift,
    broken_by_feedback,
    feedback_of,
    repeats,
)
from core.governance.rollback import Tenure, tenures
from core.governance.state import FINISHED, OUTCOME, UNDONE
from tests.core.governance.ledgers import MODEL, chain
from tests.core.governance.test_rollback import history, promoted

FIELDS = set(Draft.model_fields)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def feedback(answers: int, correct: int) -> Feedback:
    return Feedback(version="2", since=NOW, answers=answers, correct=correct)


def test_it_is_off_by_default() -> None:
    policy = RollbackPolicy()
    assert not policy.is_on
    assert broken_by_drift(policy, "high") is None
    assert broken_by_feedback(policy, feedback(10_000, 0)) is None


@pytest.mark.parametrize(
    ("limit", "severity", "is_broken"),
    [("medium", "low", False), ("medium", "medium", True), ("medium", "high", True),
     ("high", "medium", False), ("high", "high", True)],
)  # fmt: skip
def test_severity(limit: str, severity: str, is_broken: bool) -> None:
    policy = RollbackPolicy.model_validate({"severity": limit})
    reason = broken_by_drift(policy, severity)  # type: ignore[arg-type]
    assert (reason is not None) == is_broken
    assert reason is None or (severity in reason and limit in reason)


def test_accuracy_has_to_be_below_beyond_chance() -> None:
    policy = RollbackPolicy(min_accuracy=0.9, min_feedback=200)
    assert broken_by_feedback(policy, None) is None
    assert broken_by_feedback(policy, feedback(199, 0)) is None
    assert broken_by_feedback(policy, feedback(200, 176)) is None  # 0.88, as chance would have it
    reason = broken_by_feedback(policy, feedback(200, 160))
    assert reason is not None
    assert "accuracy 0.8000 of 200 answers" in reason
    assert "(95% interval 0.7391 to 0.8495), limit 0.9" in reason


@given(st.integers(1, 3000), st.data(), st.floats(0.01, 1))
def test_less_correct_answers_never_mend_it(n: int, data: st.DataObject, limit: float) -> None:
    policy = RollbackPolicy(min_accuracy=limit, min_feedback=1)
    more = data.draw(st.integers(0, n))
    less = data.draw(st.integers(0, more))
    if broken_by_feedback(policy, feedback(n, more)):
        assert more / n < limit
        assert broken_by_feedback(policy, feedback(n, less))


def predictions(**changes: list[object]) -> pd.DataFrame:
    """Four answers of version 2 with feedback, the first of them wrong; all after ``NOW``."""
    frame = pd.DataFrame(
        {
            "time": pd.Series([NOW + timedelta(seconds=n) for n in range(4)]),
            "model": [MODEL] * 4,
            "version": ["2"] * 4,
            "label_id": [0, 1, 2, 0],
            "true_label_id": pd.array([1, 1, 2, 0], dtype="Int64"),
        }
    )
    return frame.assign(**changes)


def came(entries: list[Entry]) -> Tenure:
    return tenures(entries)[-1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (4, 3)),
        ({"version": ["1", "2", "2", "2"]}, (3, 3)),
        ({"model": ["other", "other", MODEL, MODEL]}, (2, 2)),
        ({"true_label_id": pd.array([None, 1, None, 1], dtype="Int64")}, (2, 1)),
        ({"time": pd.Series([NOW - timedelta(days=n) for n in range(4)])}, (1, 0)),
    ],
    ids=["all", "another version", "another model", "no feedback", "before it came"],
)
def test_only_answers_of_the_version_since_it_came(
    changes: dict[str, list[object]], expected: tuple[int, int]
) -> None:
    entry = promoted("1", "2")[-1].model_copy(update={"at": NOW.isoformat()})
    found = feedback_of(predictions(**changes), MODEL, Tenure("2", entry))
    assert (found.version, found.answers, found.correct) == ("2", *expected)


def test_drift_leads_back_once() -> None:
    entries = promoted("1", "2")
    assert repeats(entries, came(entries), "state") is None
    back = history(("promotion", "0"), ("promotion", "1"), ("promotion", "2"), ("rollback", "1"))
    assert "came back by a rollback" in str(repeats(back, came(back), "state"))


def acted(ending: str, by: str = POLICY) -> list[Entry]:
    """Version 1, 2, a rollback by the policy that ended somehow, then 2 or 3 was promoted."""
    two, one = Standing(production="2"), Standing(production="1")
    common: dict[str, Any] = {"reason": "", "transaction": "0000000a", "before": two, "after": one}
    intent = Draft(
        action="intent", purpose="rollback", by=by, version="1", details={BATCH: "state"}, **common
    )
    outcome = {"finished": FINISHED, "undone": UNDONE}.get(ending)
    end = {
        "rollback": Draft(action="rollback", by=by, details={BATCH: "state"}, **common),
        "abort": Draft(action="abort", by=by, reason="the proof failed", transaction="0000000a"),
    }
    repair = Draft(action="repair", by="doc", details={OUTCOME: str(outcome)}, **common)
    return again([*promoted("1", "2"), intent, end.get(ending, repair)])


def again(written: Sequence[Draft]) -> list[Entry]:
    """As the writer would seal them, one after the other."""
    return chain([Draft.model_validate(draft.model_dump(include=FIELDS)) for draft in written])


def then_promoted(entries: list[Entry]) -> list[Entry]:
    return again([*entries, *promoted("0", "3")[-2:]])


@pytest.mark.parametrize("ending", ["rollback", "finished"])
def test_what_came_back_is_not_led_back_by_drift(ending: str) -> None:
    entries = acted(ending)
    assert "came back by a rollback" in str(repeats(entries, came(entries), "another"))


@pytest.mark.parametrize("ending", ["rollback", "finished"])
def test_the_same_batch_leads_back_once(ending: str) -> None:
    entries = then_promoted(acted(ending))
    assert "this very batch" in str(repeats(entries, came(entries), "state"))
    assert repeats(entries, came(entries), "another") is None
    by_a_person = then_promoted(acted(ending, by="ann"))
    assert repeats(by_a_person, came(by_a_person), "state") is None


@pytest.mark.parametrize("ending", ["abort", "undone"])
def test_a_rollback_that_failed_is_tried_again(ending: str) -> None:
    entries = acted(ending)
    assert entries[-2].details == {BATCH: "state"}
    assert repeats(entries, came(entries), "state") is None
