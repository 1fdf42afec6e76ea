"""``monitor``: a batch against the production model's reference."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import config_options, output_options
from cli.policy import DRIFTED, as_json_object, tell
from cli.terminal import Terminal, shown, tool
from core.config import load_config
from core.drift.severity import LEVELS, Severity, at_least, with_checks

if TYPE_CHECKING:
    from adapters.policy import PolicyOutcome
    from core.drift.report import DriftReport

COLORS = {"none": "green", "low": "cyan", "medium": "yellow", "high": "red"}


@click.command()
@config_options
@click.option(
    "--batch",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="CSV, TSV, JSONL or Parquet file with the job's text column, or a folder with a "
    "prediction log.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS[1:]),
    help="Exit with code 6 when the severity is at least this.",
)
@output_options
@click.pass_obj
def monitor(
    terminal: Terminal,
    config_path: Path,
    overrides: tuple[str, ...],
    batch: Path,
    fail_on: Severity | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Check a batch of inputs for bad rows and for drift since training.

    The severity is the worst of the drift measured and, when a data check fails, 'high'. With
    limits in the config's `monitoring.rollback`, a broken one puts the former version back into
    production, and the exit code is 6; 1 if that fails.

    \b
    Example:
      python run.py monitor --config configs/ag_news.yaml --batch today.csv --fail-on medium
      python run.py monitor --config configs/ag_news.yaml --batch ~/bentoml/logs/ag_news
    """
    config = load_config(config_path, overrides)
    prepare_environment()
    terminal.capture()
    with terminal.err.status("starting ZenML"):
        prepare_stack()
        from zenml.client import Client

        from cli.progress import run_with_progress
        from pipelines.monitoring import monitoring

    run = run_with_progress(terminal, monitoring, config, batch=str(batch))
    steps = Client().get_pipeline_run(run.id).steps
    drift: DriftReport = steps["measure_drift"].outputs["drift"][0].load()
    violations = steps["check_batch"].outputs["batch_violations"][0].load()
    severity = with_checks(drift.severity, passed=not violations)
    policy: PolicyOutcome | None = None
    if config.monitoring.rollback.is_on:
        policy = steps["roll_back"].outputs["rollback"][0].load()
    if as_json:
        terminal.result(
            {
                "severity": severity,
                "run_id": str(run.id),
                "model": config.name,
                "drift": drift.model_dump(),
                "violations": [str(item) for item in violations],
                "policy": as_json_object(policy) if policy else None,
            }
        )
    else:
        _print(terminal.out, drift, violations, severity)
    code = tell(terminal, policy) if policy else 0
    return code or (DRIFTED if fail_on and at_least(severity, fail_on) else 0)


def _mean(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _print(
    console: Console, drift: "DriftReport", violations: list[Any], severity: Severity
) -> None:
    title = f"Drift of {drift.batch_rows} rows against {drift.reference_rows} of the release"
    columns = ("column", "PSI", "critical", "reference", "batch", "moved most", "severity")
    table = Table(*columns, title=title)
    for item in drift.columns:
        table.add_row(
            shown(item.column),
            f"{item.psi:.3f}",
            f"{item.critical:.3f}",
            _mean(item.reference_mean),
            _mean(item.batch_mean),
            shown(item.moved),
            f"[{COLORS[item.severity]}]{item.severity}[/]",
        )
    total = drift.total
    table.add_row(
        "all together",
        f"{max(total.excess, 0):.3f}",
        f"{total.critical:.3f}",
        "",
        "",
        "",
        f"[{COLORS[total.severity]}]{total.severity}[/]",
    )
    console.print(table)
    for violation in violations:
        console.print(f"[red]✗[/red] {shown(violation)}", soft_wrap=True)
    console.print(f"severity [bold {COLORS[severity]}]{severity}[/]")
    console.print(f"look at the reports: {tool('zenml')} login --local, pipeline 'monitoring'")
