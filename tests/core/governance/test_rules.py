"""Rules, over everything that can be found about a candidate."""

import math
import operator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.config.rules import Rule
from core.governance.findings import Findings, SliceFindings
from core.governance.rules import RuleResult, check_rules

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
OPERATORS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
OPS = st.sampled_from(list(OPERATORS))
RULES = st.one_of(
    st.builds(
        Rule,
        metric=st.sampled_from(["accuracy", "log_loss"]),
        split=st.sampled_from(["validation", "test"]),
        op=OPS,
        value=NUMBERS,
    ),
    st.builds(
        Rule,
        metric=st.sampled_from(["recall", "f1"]),
        slice=st.sampled_from(["class=*", "class=Sports"]),
        against=st.sampled_from([None, "champion"]),
        op=OPS,
        value=NUMBERS,
    ),
    st.builds(Rule, metric=st.sampled_from(["predict_ms", "model_bytes"]), op=OPS, value=NUMBERS),
)


def part(value: str, rows: int = 100, *, kind: str = "class", **metrics: float) -> SliceFindings:
    differences = {name: number - 0.5 for name, number in metrics.items()}
    return SliceFindings(kind, value, rows, metrics, rows, differences)


def everything(number: float) -> Findings:
    """Findings in which every number of :data:`RULES` is the same."""
    metrics = {"accuracy": number, "log_loss": number}
    both = {"recall": number, "f1": number}
    return Findings(
        metrics={"validation": metrics, "test": metrics},
        measures={"predict_ms": number, "model_bytes": number},
        slices=tuple(SliceFindings("class", v, 100, both, 100, both) for v in ("Sports", "World")),
    )


def one(rule: Rule, findings: Findings) -> RuleResult:
    (result,) = check_rules([rule], findings)
    return result


@pytest.mark.parametrize(
    ("observed", "op", "value", "text"),
    [
        (0.864, ">=", 0.87, "test accuracy 0.8640 >= 0.87 fails"),
        (0.87, ">=", 0.87, "test accuracy 0.8700 >= 0.87 passes"),
        (0.87, ">", 0.87, "test accuracy 0.8700 > 0.87 fails"),
        (0.869999, ">=", 0.87, "test accuracy 0.869999 >= 0.87 fails"),
        (0.87, ">=", 0.8700000001, "test accuracy 0.8700 >= 0.8700000001 fails"),
        (math.nan, "<", 0.87, "test accuracy is undefined, < 0.87 fails"),
    ],
)
def test_texts(observed: float, op: str, value: float, text: str) -> None:
    rule = Rule(metric="accuracy", op=op, value=value)  # type: ignore[arg-type]
    assert one(rule, Findings({"test": {"accuracy": observed}})).text == text


def test_texts_of_measures_say_what_is_a_wall_time() -> None:
    findings = Findings({}, {"model_bytes": 5_123_456, "predict_ms": 0.25})
    size = one(Rule(metric="model_bytes", op="<=", value=5e6), findings)
    assert size.text == "model_bytes 5123456 <= 5000000 fails"
    time = one(Rule(metric="predict_ms", op="<", value=1), findings)
    assert time.text == "predict_ms (wall time) 0.2500 < 1 passes"


@given(RULES, NUMBERS)
def test_a_rule_passes_exactly_when_its_comparison_holds(rule: Rule, observed: float) -> None:
    results = check_rules([rule], everything(observed))
    assert len(results) == (2 if rule.slice == "class=*" else 1)
    for result in results:
        assert result.passed == OPERATORS[rule.op](observed, rule.value)
        assert result.observed == observed
        assert result.text.endswith("passes" if result.passed else "fails")


@given(RULES, NUMBERS, NUMBERS, NUMBERS)
def test_a_stricter_bound_passes_no_more(rule: Rule, observed: float, a: float, b: float) -> None:
    lax, strict = sorted((a, b), reverse=rule.op in ("<=", "<"))
    findings = everything(observed)

    def holds(value: float) -> bool:
        bound = rule.model_copy(update={"value": value})
        return all(result.passed for result in check_rules([bound], findings))

    assert holds(lax) or not holds(strict)


@given(RULES)
def test_a_missing_or_undefined_number_never_passes(rule: Rule) -> None:
    nothing = Findings({}, slices=(SliceFindings("class", "Sports", 100, {}, 100),))
    for findings in (nothing, everything(math.nan)):
        for result in check_rules([rule], findings):
            assert not result.passed
            assert result.observed is None


@given(st.lists(RULES, max_size=6), NUMBERS)
def test_every_rule_is_answered_in_order_and_all_failures_are_listed(
    rules: list[Rule], observed: float
) -> None:
    results = check_rules(rules, everything(observed))
    alone = [check_rules([rule], everything(observed)) for rule in rules]
    assert results == [result for found in alone for result in found]
    expected = sum(
        (2 if rule.slice == "class=*" else 1)
        for rule in rules
        if not OPERATORS[rule.op](observed, rule.value)
    )
    assert sum(not result.passed for result in results) == expected


def test_a_rule_on_every_slice_holds_for_each() -> None:
    findings = Findings({}, slices=(part("Sports", recall=0.9), part("World", recall=0.7)))
    results = check_rules([Rule(metric="recall", slice="class=*", value=0.8)], findings)
    assert [(result.slice, result.rows, result.passed) for result in results] == [
        ("class=Sports", 100, True),
        ("class=World", 100, False),
    ]
    assert results[1].text == "test recall of class=World 0.7000 >= 0.8 fails"


def test_a_slice_that_is_not_there_fails_and_names_those_that_are() -> None:
    findings = Findings({}, slices=(part("Sports", recall=0.9), part("a", kind="desk", auc=0.9)))
    result = one(Rule(metric="recall", slice="class=Sport", value=0), findings)
    assert not result.passed
    assert result.text == "test recall of class=Sport fails: the test rows have class=Sports"
    unknown = one(Rule(metric="auc", slice="source=*", value=0), findings)
    assert unknown.text.endswith("fails: the test rows have class=Sports, desk=a")


def test_against_the_champion_the_difference_is_bounded() -> None:
    findings = Findings(
        {},
        slices=(part("Sports", recall=0.46), part("World", recall=0.48)),
        differences={"auc": -0.2},
    )
    rule = Rule(metric="recall", slice="class=*", against="champion", value=-0.03)
    sports, world = check_rules([rule], findings)
    assert sports.text == (
        "test recall of class=Sports against the champion -0.0400 >= -0.03 fails"
    )
    assert world.passed
    whole = one(Rule(metric="auc", against="champion", value=0), findings)
    assert whole.text == "test auc against the champion -0.2000 >= 0 fails"


CHANCE = " passes, within chance"
INTERVALS = [
    (
        ">=",
        -0.02,
        -0.05,
        (-0.09, -0.01),
        "-0.0500 [-0.0900, -0.0100] >= -0.02 passes, within chance",
    ),
    (">=", -0.02, -0.05, (-0.09, -0.03), "-0.0500 [-0.0900, -0.0300] >= -0.02 fails"),
    (">=", -0.02, -0.01, (-0.09, 0.07), "-0.0100 [-0.0900, +0.0700] >= -0.02 passes"),
    (
        ">=",
        -0.02,
        -0.05,
        (-0.09, -0.02),
        "-0.0500 [-0.0900, -0.0200] >= -0.02 passes, within chance",
    ),
    (">", -0.02, -0.05, (-0.09, -0.02), "-0.0500 [-0.0900, -0.0200] > -0.02 fails"),
    ("<=", 0.0, 0.03, (-0.01, 0.07), f"+0.0300 [-0.0100, +0.0700] <= 0{CHANCE}"),
    ("<", 0.0, 0.03, (0.01, 0.07), "+0.0300 [+0.0100, +0.0700] < 0 fails"),
    ("<", 0.0, -0.03, (0.01, 0.07), "-0.0300 [+0.0100, +0.0700] < 0 passes"),
]


@pytest.mark.parametrize(("op", "value", "observed", "interval", "text"), INTERVALS)
def test_a_loss_blocks_when_it_is_more_than_chance(
    op: str, value: float, observed: float, interval: tuple[float, float], text: str
) -> None:
    found = SliceFindings("class", "a", 40, {}, 40, {"f1": observed}, {"f1": interval})
    rule = Rule(metric="f1", slice="class=*", against="champion", op=op, value=value)  # type: ignore[arg-type]
    result = one(rule, Findings({}, slices=(found,)))
    assert result.text == f"test f1 of class=a against the champion {text}"
    assert result.passed == ("passes" in text)
    assert result.observed == observed
    whole = Findings({}, differences={"auc": observed}, intervals={"auc": interval})
    changes = {"metric": "auc", "slice": None}
    assert one(rule.model_copy(update=changes), whole).passed == result.passed


def test_against_the_champion_the_compared_rows_count() -> None:
    found = SliceFindings("class", "a", 40, {"f1": 0.9}, 29, {"f1": 0.1})
    findings = Findings({}, slices=(found,))
    rule = Rule(metric="f1", slice="class=a", against="champion", value=0)
    result = one(rule, findings)
    assert (result.passed, result.rows) == (False, 29)
    assert result.text.endswith("29 compared rows (of 40) are fewer than min_rows, 30")
    skipped, last = check_rules([rule.model_copy(update={"slice": "class=*"})], findings)
    assert (skipped.skipped, last.passed) == (True, False)
    assert one(rule.model_copy(update={"against": None}), findings).passed


def test_without_a_champion_there_is_nothing_to_check() -> None:
    findings = Findings({}, slices=(part("Sports", recall=0.1),), unopposed="nobody is there")
    rule = Rule(metric="recall", slice="class=*", against="champion", value=0.99)
    result = one(rule, findings)
    assert (result.passed, result.skipped, result.observed) == (True, True, None)
    assert result.text == (
        "test recall of class=Sports against the champion is not checked: nobody is there"
    )
    assert not one(rule.model_copy(update={"slice": "class=Sport"}), findings).passed, "a typo"
    assert one(Rule(metric="auc", against="champion", value=9), findings).skipped


def test_too_few_rows_fail_a_named_slice_and_skip_one_of_many() -> None:
    findings = Findings({}, slices=(part("Sports", 29, recall=1), part("World", 30, recall=1)))
    named = one(Rule(metric="recall", slice="class=Sports", value=0.5), findings)
    assert (named.passed, named.rows) == (False, 29)
    assert named.text == "test recall of class=Sports fails: 29 rows are fewer than min_rows, 30"
    small, large = check_rules([Rule(metric="recall", slice="class=*", value=0.5)], findings)
    assert (small.passed, small.skipped) == (True, True)
    assert "is not checked: 29 rows are fewer than min_rows, 30" in small.text
    assert (large.passed, large.skipped) == (True, False)


def test_a_rule_that_could_look_at_no_slice_fails() -> None:
    findings = Findings({}, slices=(part("Sports", 3, recall=1), part("World", 4, recall=1)))
    *skipped, last = check_rules([Rule(metric="recall", slice="class=*", value=0.5)], findings)
    assert all(result.skipped for result in skipped)
    assert not last.passed
    assert last.text == "test recall of class=* fails: no slice has min_rows, 30"


@pytest.mark.parametrize(
    ("metric", "op"),
    [("r2", ">="), ("accuracy", ">="), ("mae", "<="), ("log_loss", "<="), ("predict_ms", "<=")],
)
def test_a_rule_without_an_operator_takes_the_better_side(metric: str, op: str) -> None:
    assert Rule.model_validate({"metric": metric, "value": 1}).op == op
    assert Rule.model_validate({"metric": metric, "value": 1, "op": ">"}).op == ">"
    assert Rule.model_validate({"metric": metric, "value": 1}) == Rule.model_validate(
        {"metric": metric, "value": 1, "op": op}
    )


@pytest.mark.parametrize(
    ("rule", "passed", "text"),
    [
        ({"metric": "r2", "value": 0.8}, True, "test r2 0.8300 >= 0.8 passes"),
        ({"metric": "mae", "value": 5000}, False, "test mae 5200.0000 <= 5000 fails"),
        (
            {"metric": "mae", "against": "champion", "value": 100},
            True,
            "test mae against the champion +120.0000 [+80.0000, +160.0000] <= 100 passes, within "
            "chance",
        ),
        (
            {"metric": "mae", "against": "champion", "value": 50},
            False,
            "test mae against the champion +120.0000 [+80.0000, +160.0000] <= 50 fails",
        ),
    ],
)
def test_rules_on_quantities(rule: dict[str, Any], passed: bool, text: str) -> None:
    findings = Findings(
        metrics={"test": {"r2": 0.83, "mae": 5200.0}},
        differences={"mae": 120.0},
        intervals={"mae": (80.0, 160.0)},
    )
    result = one(Rule.model_validate(rule), findings)
    assert (result.passed, result.text) == (passed, text)
