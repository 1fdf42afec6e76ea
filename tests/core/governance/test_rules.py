import math
import operator

import pytest
from hypothesis import given, strategies as st

from core.config.rules import Rule
from core.governance.rules import RuleResult, check_rules

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
OPERATORS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
RULES = st.builds(
    Rule,
    metric=st.sampled_from(["accuracy", "log_loss"]),
    split=st.sampled_from(["validation", "test"]),
    op=st.sampled_from(list(OPERATORS)),
    value=NUMBERS,
)


def _check(observed: float, op: str = ">=", value: float = 0.87) -> RuleResult:
    rule = Rule(metric="accuracy", split="test", op=op, value=value)  # type: ignore[arg-type]
    (result,) = check_rules([rule], {"test": {"accuracy": observed}})
    return result


@pytest.mark.parametrize(
    ("observed", "op", "value", "text"),
    [
        (0.864, ">=", 0.87, "test accuracy 0.8640 >= 0.87 fails"),
        (0.87, ">=", 0.87, "test accuracy 0.8700 >= 0.87 passes"),
        (0.87, ">", 0.87, "test accuracy 0.8700 > 0.87 fails"),
        (0.869999, ">=", 0.87, "test accuracy 0.869999 >= 0.87 fails"),
        (math.nan, "<", 0.87, "test accuracy is undefined, < 0.87 fails"),
    ],
)
def test_texts(observed: float, op: str, value: float, text: str) -> None:
    assert _check(observed, op, value).text == text


@given(RULES, NUMBERS)
def test_a_rule_passes_exactly_when_its_comparison_holds(rule: Rule, observed: float) -> None:
    (result,) = check_rules([rule], {rule.split: {rule.metric: observed}})
    assert result.passed == OPERATORS[rule.op](observed, rule.value)
    assert result.text.endswith("passes" if result.passed else "fails")


@given(RULES)
def test_a_missing_or_undefined_metric_never_passes(rule: Rule) -> None:
    other = "test" if rule.split == "validation" else "validation"
    tables = (
        {},
        {rule.split: {}},
        {other: {rule.metric: rule.value}},
        {rule.split: {rule.metric: math.nan}},
    )
    for metrics in tables:
        (result,) = check_rules([rule], metrics)
        assert not result.passed
        assert result.observed is None


@given(st.lists(RULES, max_size=5))
def test_every_rule_is_answered_in_order(rules: list[Rule]) -> None:
    results = check_rules(rules, {"test": {"accuracy": 0.5}})
    assert [result.rule for result in results] == rules
