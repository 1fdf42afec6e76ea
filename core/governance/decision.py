"""The gate: a pure decision from rules, comparison and parity."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.config.promotion import PromotionConfig
from core.evaluation.comparison import Comparison
from core.governance.findings import Findings
from core.governance.rules import RuleResult, check_rules
from core.models.parity import ParityReport


class Decision(BaseModel):
    """The gate's answer.

    Attributes:
        outcome: "promote", "blocked", or "unchanged": this very release is in production.
        reasons: Why, in words; every failure is listed.
        rules: Each rule with what was observed; one on every slice of a kind has several results.
        measures: Of the model itself: fit and predict time (wall times), size, parity.
        comparison: Against the production model, on the same rows.
        parity: Served scorer against estimator.
        production_version: Version now in production; None when there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    outcome: Literal["promote", "blocked", "unchanged"]
    reasons: tuple[str, ...]
    rules: tuple[RuleResult, ...]
    measures: dict[str, float] = {}
    comparison: Comparison
    parity: ParityReport
    production_version: str | None


def decide(
    config: PromotionConfig,
    findings: Findings,
    parity: ParityReport,
    comparison: Comparison,
    *,
    production_version: str | None,
    in_production: bool,
) -> Decision:
    """Decide on a candidate.

    Args:
        config: Rules and what the comparison must show.
        findings: What was measured about it.
        parity: Served scorer against estimator.
        comparison: Against the production model.
        production_version: Version now in production.
        in_production: Whether that version is these exact bytes and this config, and can be served.
    """
    rules = check_rules(config.rules, findings)
    failures = [result.text for result in rules if not result.passed]
    if not parity.passed:
        failures.append(
            f"parity: {parity.label_mismatches} of {parity.rows} labels differ, outputs by "
            f"up to {parity.max_abs_difference:.1e} (allowed {parity.tolerance:.0e})"
        )
    if not _allowed(comparison, config):
        failures.append(f"comparison: {comparison.reason}")
    if failures:
        outcome, reasons = "blocked", tuple(failures)
    elif in_production:
        outcome, reasons = "unchanged", (f"already in production as version {production_version}",)
    else:
        outcome, reasons = "promote", (comparison.reason,)
    return Decision(
        outcome=outcome,
        reasons=reasons,
        rules=tuple(rules),
        measures=dict(findings.measures),
        comparison=comparison,
        parity=parity,
        production_version=production_version,
    )


def _allowed(comparison: Comparison, config: PromotionConfig) -> bool:
    match comparison.verdict:
        case "no_champion" | "better":
            return True
        case "undefined":
            return False
        case "incomparable":
            return config.compare.incomparable == "allow"
        case "not_worse":
            return config.compare.allow != "better"
        case _:
            return config.compare.allow == "any"
