"""Where production can go back to."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.errors import LedgerError
from core.governance.ledger import Draft, Entry, Standing
from core.governance.rollback import Plan, Side, choose_target, predecessor, tenures
from tests.core.governance.ledgers import MODEL, chain


def history(*steps: tuple[str, str]) -> list[Entry]:
    """A ledger in which versions came into production: (action, version)."""
    drafts, before = [], Standing()
    for number, (action, version) in enumerate(steps):
        after = Standing(production=version)
        common: dict[str, Any] = {"by": "ann", "reason": "", "transaction": f"{number:08x}"}
        purpose = "promotion" if action == "repair" else action
        drafts.append(Draft(action="intent", purpose=purpose, before=before, after=after, **common))
        details = {"outcome": "finished"} if action == "repair" else {}
        drafts.append(
            Draft(
                action=action,  # type: ignore[arg-type]
                version=version,
                before=before,
                after=after,
                details=details,
                **common,
            )
        )
        before = after
    return chain(drafts)


def promoted(*versions: str) -> list[Entry]:
    return history(*(("promotion", version) for version in versions))


def test_the_default_is_the_one_before() -> None:
    assert choose_target(MODEL, promoted("1", "2", "3")) == "2"
    assert choose_target(MODEL, promoted("1", "4")) == "1"


def test_a_finished_repair_put_a_version_into_production_too() -> None:
    entries = history(("promotion", "1"), ("repair", "2"), ("promotion", "3"))
    assert choose_target(MODEL, entries) == "2"


def test_a_second_rollback_never_returns_to_what_the_first_left() -> None:
    entries = history(*[("promotion", v) for v in "123"], ("rollback", "2"))
    assert predecessor(entries) == "1"
    entries = history(*[("promotion", v) for v in "123"], ("rollback", "1"))
    assert predecessor(entries) is None
    entries = history(*[("promotion", v) for v in "123"], ("rollback", "1"), ("promotion", "4"))
    assert predecessor(entries) == "1"


def test_going_forward_again_by_name() -> None:
    entries = history(("promotion", "1"), ("promotion", "2"), ("rollback", "1"))
    assert choose_target(MODEL, entries, "2") == "2"
    with pytest.raises(LedgerError, match="version 1 was the first in production; choose --to 2"):
        choose_target(MODEL, entries)


@pytest.mark.parametrize(
    ("versions", "to", "message"),
    [
        ((), None, "no version of news is in production"),
        (("1",), None, "only version 1 ever served"),
        (("1", "2"), "2", "version 2 is in production now; choose --to 1"),
        (("1", "3", "4"), "2", "version 2 was never in production; choose --to 1 or --to 3"),
    ],
)
def test_what_can_be_no_target(versions: tuple[str, ...], to: str | None, message: str) -> None:
    with pytest.raises(LedgerError, match=message):
        choose_target(MODEL, promoted(*versions), to)


def test_an_intent_alone_put_nothing_into_production() -> None:
    entries = promoted("1", "2")[:-1]
    assert [version for version, _ in tenures(entries)] == ["1"]
    with pytest.raises(LedgerError, match="only version 1 ever served"):
        choose_target(MODEL, entries, "2")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=12))
def test_going_back_by_default_ends_at_the_first(moves: list[tuple[bool, int]]) -> None:
    """Whatever happened: each default rollback reaches a version that served, and they end."""
    steps: list[tuple[str, str]] = []
    for number, (forward, pick) in enumerate(moves):
        served = sorted({version for _, version in steps})
        if forward or not served:
            steps.append(("promotion", str(number + 1)))
        elif (version := served[pick % len(served)]) != steps[-1][1]:
            steps.append(("rollback", version))
    visited = []
    while (target := predecessor(history(*steps))) is not None:
        assert target in {version for _, version in steps}
        assert target not in visited
        visited.append(target)
        steps.append(("rollback", target))


def side(version: str, **changes: Any) -> Side:
    values = {
        "version": version, "mlflow_version": version, "bento": f"news:{version}-a",
        "model_sha256": "a" * 64, "metrics": {"accuracy": 0.9},
        "released_at": "2026-11-20", "released_by": "ann",
    }  # fmt: skip
    return Side.model_validate(values | changes)


def plan(challenger: str | None) -> Plan:
    return Plan(
        model=MODEL,
        before=Standing(production="3", challenger=challenger),
        source=side("3", metrics={"accuracy": 0.8, "auc": 0.7}),
        target=side("1"),
    )


def test_a_plan_says_what_changes() -> None:
    rows = {what: (before, after) for what, before, after in plan(None).changes()}
    assert rows["ZenML stage production"] == ("3", "1")
    assert rows["Bento of the channel"] == ("news:3-a", "news:1-a")
    assert rows["test accuracy"] == ("0.8000", "0.9000")
    assert "test auc" not in rows


def test_a_challenger_stays_unless_it_comes_back_itself() -> None:
    assert plan("2").after == Standing(production="1", challenger="2")
    assert plan("1").after == Standing(production="1")
