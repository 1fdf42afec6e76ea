"""What the gate found, as tables and lines for a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.terminal import shown
from core.evaluation.comparison import Comparison
from core.evaluation.evaluation import Evaluation
from core.governance.decision import Decision
from core.tasks.training import CandidateResult


def print_findings(
    console: Console,
    candidates: Sequence[CandidateResult],
    selected: str,
    evaluation: Evaluation,
    decision: Decision,
) -> None:
    """Candidates, metrics with intervals, slices, and what comparison, rules and parity say."""
    console.print(_candidates(candidates, selected))
    console.print(_metrics(evaluation, decision.comparison))
    console.print(_slices(evaluation, decision.comparison))
    _print_comparison(console, decision.comparison)
    for result in decision.rules:
        mark = "[green]✓[/green]" if result.passed else "[red]✗[/red]"
        console.print(f"{mark} rule: {shown(result.text)}", soft_wrap=True)
    parity = decision.parity
    mark = "[green]✓[/green]" if parity.passed else "[red]✗[/red]"
    console.print(
        f"{mark} parity: {parity.label_mismatches} of {parity.rows} labels differ, probabilities "
        f"by up to {parity.max_abs_difference:.1e} (allowed {parity.tolerance:.0e})",
        soft_wrap=True,
    )


def _candidates(candidates: Sequence[CandidateResult], selected: str) -> Table:
    table = Table("candidate", "accuracy", "F1 macro", "AUC", "fit s", title="Validation split")
    for item in candidates:
        style = "bold" if item.name == selected else None
        values = [f"{item.metrics[key]:.4f}" for key in ("accuracy", "f1_macro", "auc")]
        mark = " ←" if item.name == selected else ""
        table.add_row(item.name + mark, *values, f"{item.fit_seconds:.2f}", style=style)
    return table


def _metrics(evaluation: Evaluation, comparison: Comparison) -> Table:
    compared = bool(comparison.differences)
    table = Table("metric", "value", "95% interval", title=f"Test split ({evaluation.rows} rows)")
    if compared:
        table.add_column("against production")
    for name, value in evaluation.metrics.items():
        cells = [name, f"{value.value:.4f}", f"{value.low:.4f} to {value.high:.4f}"]
        if compared:
            cells.append(_signed(comparison.differences.get(name)))
        table.add_row(*cells)
    return table


def _slices(evaluation: Evaluation, comparison: Comparison) -> Table:
    """Every part of the test rows; with the difference to production where there is one."""
    found = {part.name: part for part in comparison.slices}
    table = Table("slice", "rows", "metric", "value", title="Parts of the test split")
    if found:
        table.add_column("against production (interval)")
    classes = [
        (f"class={row.label}", row.support, "recall", row.recall) for row in evaluation.per_class
    ]
    parts = [(row.name, row.rows, "accuracy", row.metrics["accuracy"]) for row in evaluation.slices]
    for name, rows, metric, value in classes + parts:
        cells = [shown(name), str(rows), metric, f"{value:.4f}"]
        if (part := found.get(name)) is not None:
            values = (part.difference, part.low, part.high)
            cells.append(f"{part.metric} {values[0]:+.4f} ({values[1]:+.4f} to {values[2]:+.4f})")
        table.add_row(*cells)
    return table


def _print_comparison(console: Console, comparison: Comparison) -> None:
    console.print(f"against production: [bold]{comparison.verdict.replace('_', ' ')}[/]")
    console.print(f"  {shown(comparison.reason)}", soft_wrap=True)
    if comparison.mcnemar is not None:
        found = comparison.mcnemar
        console.print(
            f"  McNemar: {found.candidate_only} rows that only the candidate has right, "
            f"{found.champion_only} that only production has; p = {found.p_value:.3g}",
            soft_wrap=True,
        )


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.4f}"
