"""``status``: what is released, what waits or is unfinished, and where to look at it."""

from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, tool
from core.errors import GatehouseError

if TYPE_CHECKING:
    from adapters.approvals import Candidate
    from adapters.inventory import VersionRow


@click.command()
@click.argument("model", required=False)
@output_options
@click.pass_obj
def status(terminal: Terminal, model: str | None, as_json: bool, verbose: bool) -> None:
    """Show what is released, what waits for people or was cut short, and how to open the pages."""
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML and MLflow"):
        prepare_stack()
        from adapters.approvals import waiting_candidates
        from adapters.components import require_components
        from adapters.inventory import list_versions, tracking_uri
        from adapters.repair import problems

        require_components()
        rows, commands = list_versions(model), _page_commands(tracking_uri())
        pending = [_pending(candidate) for candidate in waiting_candidates(model)]
        found = problems(model)
    if model and not (rows or pending or found):
        raise GatehouseError(f"no model {model!r} is released or waits; see all: run.py status")
    if as_json:
        shown = {"versions": [row.model_dump() for row in rows], "pending": pending}
        shown["problems"] = [problem.model_dump() for problem in found]
        terminal.result(shown | {"commands": commands})
        return
    if rows:
        terminal.out.print(_versions(rows))
    else:
        terminal.out.print("no model is released; start with")
        terminal.out.print(f"  {tool('python')} run.py --config configs/quickstart.yaml")
    for row in pending:
        _print_pending(terminal.out, row)
    for problem in found:
        terminal.out.print(f"[red]✗[/red] {problem.model}: {escape(problem.found)}", soft_wrap=True)
        terminal.out.print(f"  fix: {escape(problem.fix)}", soft_wrap=True)
    for page, command in commands.items():
        terminal.out.print(f"{page:<10} {command}", soft_wrap=True)


def _versions(rows: "list[VersionRow]") -> Table:
    table = Table(box=SIMPLE)
    for title in ("version", "stage", "candidate", "accuracy", "MLflow", "Bento"):
        table.add_column(title, overflow="fold")
    for row in rows:
        accuracy = "-" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
        mlflow = f"{row.mlflow_version} champion" if row.champion else row.mlflow_version
        bento = row.bento if row.bento_present else f"{row.bento} [red](missing)[/red]"
        style = "bold" if row.stage == "production" else "dim"
        table.add_row(
            f"{row.model} {row.version}",
            row.stage or "-",
            row.candidate,
            accuracy,
            mlflow,
            bento,
            style=style,
        )
    return table


def _pending(candidate: "Candidate") -> dict[str, Any]:
    from adapters.approvals import stale
    from cli.outcome import commands

    found, settlement = candidate.case, candidate.settlement()
    return {
        "run_id": found.run,
        "model": found.model,
        "candidate": found.selected.name,
        "started_by": found.started_by,
        "since": settlement.since.isoformat(),
        "expires": settlement.expires.isoformat() if settlement.expires else None,
        "outcome": settlement.outcome,
        "approved_by": [vote.by for vote in settlement.votes if vote.action == "approval"],
        "missing": settlement.missing,
        "reason": settlement.text,
        "stale": stale(found),
        "commands": commands(found.run),
    }


def _print_pending(console: Console, row: dict[str, Any]) -> None:
    since = row["since"][:16].replace("T", " ")
    console.print(
        f"[yellow]?[/yellow] {row['model']}: {row['candidate']} of {escape(row['started_by'])}, "
        f"{since} UTC: {escape(row['reason'])}",
        soft_wrap=True,
    )
    if row["outcome"] != "pending":
        console.print("  its run is not completed; type the command that decided it again")
    if row["stale"]:
        console.print(f"  {row['stale']}", soft_wrap=True)
    for name, command in row["commands"].items():
        console.print(f"  {name:<8} {command}", soft_wrap=True)


def _page_commands(uri: str) -> dict[str, str]:
    served = uri.startswith("http")
    return {
        "dashboard": f"{tool('zenml')} login --local",
        "mlflow": uri if served else f"{tool('mlflow')} ui --backend-store-uri {uri}",
    }
