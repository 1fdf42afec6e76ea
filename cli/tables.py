"""What the gate found, as tables and lines for a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cli.terminal import shown
from core.evaluation.comparison import Comparison
from core.evaluation.evaluation import Evaluation
from core.evaluation.metrics import METRIC_TITLES, figure
from core.governance.decision import Decision
from core.tasks.training import CandidateResult

FIRST = ("accuracy", "f1_macro", "auc", "r2", "rmse", "mae")


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
    if evaluation.per_class or evaluation.slices:
        console.print(_slices(evaluation, decision.comparison))
    _print_comparison(console, decision.comparison)
    for result in decision.rules:
        mark = "[green]✓[/green]" if result.passed else "[red]✗[/red]"
        console.print(f"{mark} rule: {shown(result.text)}", soft_wrap=True)
    parity = decision.parity
    mark = "[green]✓[/green]" if parity.passed else "[red]✗[/red]"
    labels = f"{parity.label_mismatches} of {parity.rows} labels differ, "
    found = f"outputs by up to {parity.max_abs_difference:.1e} (allowed {parity.tolerance:.0e})"
    words = labels + found if evaluation.labels else f"{parity.rows} rows, {found}"
    console.print(f"{mark} parity: {words}", soft_wrap=True)


def _candidates(candidates: Sequence[CandidateResult], selected: str) -> Table:
    shown_metrics = [name for name in FIRST if name in candidates[0].metrics]
    titles = (METRIC_TITLES[name] for name in shown_metrics)
    table = Table("candidate", *titles, "fit s", title="Validation split")
    for item in candidates:
        style = "bold" if item.name == selected else None
        values = [figure(name, item.metrics[name]) for name in shown_metrics]
        mark = " ←" if item.name == selected else ""
        table.add_row(item.name + mark, *values, f"{item.fit_seconds:.2f}", style=style)
    return table


def _metrics(evaluation: Evaluation, comparison: Comparison) -> Table:
    compared = bool(comparison.differences)
    table = Table("metric", "value", "95% interval", title=f"Test split ({evaluation.rows} rows)")
    if compared:
        table.add_column("against production")
    for name, value in evaluation.metrics.items():
        ends = (figure(name, value.low), figure(name, value.high))
        interval = "" if "undefined" in ends else " to ".join(ends)
        cells = [name, figure(name, value.value), interval]
        if compared:
            cells.append(_signed(name, comparison.differences.get(name)))
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
    parts = [(row.name, row.rows, row.metric, row.shown) for row in evaluation.slices]
    worse = {row.name for row in evaluation.gaps}
    for name, rows, metric, value in classes + parts:
        mark = " [red]worse than the rest[/red]" if name in worse else ""
        cells = [shown(name) + mark, str(rows), metric, figure(metric, value)]
        if (part := found.get(name)) is not None:
            ends = (part.difference, part.low, part.high)
            value_, low, high = (_signed(part.metric, end) for end in ends)
            cells.append(f"{part.metric} {value_} ({low} to {high})")
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


def _signed(metric: str, value: float | None) -> str:
    return "" if value is None else figure(metric, value, signed=True)
