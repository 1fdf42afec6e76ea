"""Rules on the metrics of a candidate."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from core.config.rules import Rule

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


class RuleResult(BaseModel):
    """A rule, the metric it saw (None: missing or NaN) and whether it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Rule
    observed: float | None
    passed: bool
    text: str


def check_rules(
    rules: Iterable[Rule], metrics: Mapping[str, Mapping[str, float]]
) -> list[RuleResult]:
    """Checks every rule, in order; a rule on a missing or NaN metric fails.

    Args:
        rules: The rules of the config.
        metrics: Metric values by split, then by name.
    """
    return [_check(rule, metrics.get(rule.split, {}).get(rule.metric)) for rule in rules]


def _check(rule: Rule, observed: float | None) -> RuleResult:
    if observed is None or math.isnan(observed):
        text = f"{rule.split} {rule.metric} is undefined, {rule.op} {rule.value:g} fails"
        return RuleResult(rule=rule, observed=None, passed=False, text=text)
    passed = _HOLDS[rule.op](observed, rule.value)
    outcome = "passes" if passed else "fails"
    text = f"{rule.split} {rule.metric} {_shown(rule, observed)} {rule.op} {rule.value:g} {outcome}"
    return RuleResult(rule=rule, observed=observed, passed=passed, text=text)


def _shown(rule: Rule, observed: float) -> str:
    """Four decimals, or all of them where rounding would contradict the outcome."""
    rounded = f"{observed:.4f}"
    holds = _HOLDS[rule.op]
    agrees = holds(float(rounded), rule.value) == holds(observed, rule.value)
    return rounded if agrees else repr(observed)
