"""The gate, over everything that can be put before it."""

from itertools import product
from typing import Any, get_args

import pytest

from core.config.promotion import PromotionConfig
from core.config.rules import CompareConfig, Rule
from core.evaluation.comparison import Comparison, Verdict
from core.governance.decision import Decision, decide
from core.governance.findings import Findings
from core.models.parity import ParityReport

EQUAL = ParityReport(rows=2000, label_mismatches=0, max_abs_difference=1e-16, tolerance=1e-9)
UNEQUAL = ParityReport(rows=2000, label_mismatches=3, max_abs_difference=0.2, tolerance=1e-9)
HOLDS = Rule(metric="accuracy", value=0.8)
FAILS = Rule(metric="auc", value=0.99)
FINDINGS = Findings(metrics={"test": {"accuracy": 0.9, "auc": 0.95}}, measures={"predict_ms": 0.1})


def comparison(verdict: Verdict) -> Comparison:
    return Comparison(
        candidate=0.9, confidence=0.95, margin=0.02, verdict=verdict, reason=f"is {verdict}"
    )


def gate(
    verdict: Verdict = "no_champion",
    *,
    rules: tuple[Rule, ...] = (HOLDS,),
    parity: ParityReport = EQUAL,
    in_production: bool = False,
    **compare: Any,
) -> Decision:
    return decide(
        PromotionConfig(rules=rules, compare=CompareConfig(**compare)),
        FINDINGS,
        parity,
        comparison(verdict),
        production_version=None if verdict == "no_champion" else "4",
        in_production=in_production,
    )


ENOUGH = {
    "better": {"better", "no_champion"},
    "not_worse": {"better", "not_worse", "no_champion"},
    "any": {"better", "not_worse", "inconclusive", "worse", "no_champion"},
}


@pytest.mark.parametrize(
    ("verdict", "allow", "incomparable"),
    list(product(get_args(Verdict), ENOUGH, ["block", "allow"])),
)
def test_what_the_comparison_must_show(verdict: Verdict, allow: str, incomparable: str) -> None:
    promoted = incomparable == "allow" if verdict == "incomparable" else verdict in ENOUGH[allow]
    decision = gate(verdict, allow=allow, incomparable=incomparable)
    assert decision.outcome == ("promote" if promoted else "blocked")
    assert decision.reasons == (f"is {verdict}" if promoted else f"comparison: is {verdict}",)


def test_each_part_blocks_alone() -> None:
    assert gate(rules=(HOLDS, FAILS)).reasons == ("test auc 0.9500 >= 0.99 fails",)
    assert gate(parity=UNEQUAL).reasons == (
        "parity: 3 of 2000 labels differ, outputs by up to 2.0e-01 (allowed 1e-09)",
    )
    assert gate("worse").reasons == ("comparison: is worse",)


def test_all_reasons_are_given() -> None:
    decision = gate("worse", rules=(FAILS, HOLDS), parity=UNEQUAL)
    assert decision.outcome == "blocked"
    assert [reason.split()[0] for reason in decision.reasons] == ["test", "parity:", "comparison:"]
    assert [rule.passed for rule in decision.rules] == [False, True]
    assert decision.production_version == "4"


def test_what_is_in_production_is_not_promoted_again() -> None:
    decision = gate("not_worse", in_production=True)
    assert (decision.outcome, decision.reasons) == (
        "unchanged",
        ("already in production as version 4",),
    )


def test_what_is_in_production_is_blocked_by_a_new_rule() -> None:
    assert gate("not_worse", rules=(FAILS,), in_production=True).outcome == "blocked"


def test_no_rules_are_no_reason_to_block() -> None:
    assert gate(rules=()).outcome == "promote"


def test_a_decision_survives_its_json() -> None:
    decision = gate("worse", rules=(FAILS,), parity=UNEQUAL)
    assert decision.measures == {"predict_ms": 0.1}
    assert Decision.model_validate_json(decision.model_dump_json()) == decision
