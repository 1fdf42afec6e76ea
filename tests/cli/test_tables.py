"""Text of others in what is printed: it is no markup, and it can't steer the terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from cli.tables import print_findings
from core.config.rules import Rule
from core.evaluation.evaluation import SliceRow
from core.governance.rules import RuleResult
from tests.core.governance.card.cases import case, comparison, evaluation, regression

HOSTILE = "[/north] [red]x[/] \x1b[2J"
SHOWN = r"[/north] [red]x[/] \x1b[2J"


def printed(found: Any) -> str:
    file = io.StringIO()
    console = Console(file=file, width=200, highlight=False)
    print_findings(console, found.candidates, found.selected.name, found.evaluation, found.decision)
    return file.getvalue()


def test_labels_and_values_with_brackets() -> None:
    rule = Rule(metric="accuracy", slice="region=*", value=0.5)
    part = SliceRow(
        kind="region", value=HOSTILE, rows=40, metrics={"accuracy": 0.9}, low=0.8, high=0.95
    )
    text = f"test accuracy of region={HOSTILE} 0.9000 >= 0.5 holds"
    plain = case()
    decision = plain.decision.model_copy(
        update={
            "rules": (
                RuleResult(rule=rule, observed=0.9, passed=True, text=text),
                RuleResult(rule=rule, observed=0.9, passed=False, text=text),
            ),
            "comparison": comparison(reason=f"worse in {HOSTILE}"),
        }
    )
    judged = evaluation(labels=("World", HOSTILE), slices=(part,))
    metrics = {"accuracy": 0.9, "f1_macro": 0.9, "auc": 0.9}
    candidates = tuple(item.model_copy(update={"metrics": metrics}) for item in plain.candidates)
    plain = plain.model_copy(update={"candidates": candidates})
    shown = printed(plain.model_copy(update={"evaluation": judged, "decision": decision}))
    assert "\x1b" not in shown
    for words in (
        f"✓ rule: test accuracy of region={SHOWN} 0.9000",
        f"✗ rule: test accuracy of region={SHOWN} 0.9000",
        f"worse in {SHOWN}",
        f"class={SHOWN}",
        f" region={SHOWN}",
    ):
        assert words in shown, shown


def test_a_quantity_has_metrics_of_its_own() -> None:
    metrics = {"r2": 0.83, "rmse": 52_300.0, "mae": 40_100.0, "mape": float("nan")}
    plain = case()
    found = comparison(
        metric="mae", differences={"mae": -900.0}, slices=(), mcnemar=None, reason="mae -900"
    )
    shown = printed(
        plain.model_copy(
            update={
                "candidates": (plain.selected.model_copy(update={"metrics": metrics}),),
                "evaluation": regression(),
                "decision": plain.decision.model_copy(update={"comparison": found}),
            }
        )
    )
    for words in ("40100", "36090 to 44110", "-900", "region=west worse than the rest", "R²"):
        assert words in shown
    for words in ("recall", "labels differ", "McNemar", "accuracy  "):
        assert words not in shown


@pytest.mark.parametrize("command", ["monitor", "rollback"])
def test_what_services_and_batches_say(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    from cli.terminal import Terminal

    terminal = Terminal()
    if command == "monitor":
        from cli.commands.monitor import _print
        from core.drift.report import DriftReport, TotalDrift

        total = TotalDrift.model_construct(excess=0.0, critical=0.1, severity="none")
        report = DriftReport.model_construct(
            batch_rows=1, reference_rows=1, columns=(), total=total
        )
        _print(terminal.out, report, [HOSTILE], "none")
    else:
        from adapters.rollback import RollbackOutcome
        from adapters.service_client import ServiceReport
        from cli.commands.rollback import _print as print_rollback

        reports = (
            ServiceReport(url="http://x", problem=HOSTILE),
            ServiceReport(url="http://y", workers=(HOSTILE,)),
        )
        outcome = RollbackOutcome.model_construct(
            services=reports, restored=False, entry=None, seconds=0.1
        )
        print_rollback(terminal, outcome)
    assert SHOWN in capfd.readouterr().out
