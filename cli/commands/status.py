"""``status``: what is released, what waits or is unfinished, and where to look at it."""

from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, shown, tool
from core.errors import GatehouseError

if TYPE_CHECKING:
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
        from adapters.components import require_components
        from adapters.inventory import list_versions, tracking_uri
        from adapters.ledger_store import recorded_models
        from adapters.repair import problems
        from cli.pending import pending_candidates, print_pending

        require_components()
        rows, commands = list_versions(model), _page_commands(tracking_uri())
        found = problems(model)
        names = [name for name in recorded_models() if model in (None, name)]
        pending = pending_candidates(names)
    if model and not (rows or pending or found):
        raise GatehouseError(f"no model {model!r} is released or waits; see all: run.py status")
    if as_json:
        told = {"versions": [row.model_dump() for row in rows], "pending": pending}
        told["problems"] = [problem.model_dump() for problem in found]
        terminal.result(told | {"commands": commands})
        return
    if rows:
        terminal.out.print(_versions(rows))
    else:
        terminal.out.print("no model is released; start with")
        terminal.out.print(f"  {tool('python')} run.py --config configs/quickstart.yaml")
    for row in pending:
        print_pending(terminal.out, row)
    for problem in found:
        terminal.out.print(f"[red]✗[/red] {problem.model}: {shown(problem.found)}", soft_wrap=True)
        terminal.out.print(f"  fix: {shown(problem.fix)}", soft_wrap=True)
    for page, command in commands.items():
        terminal.out.print(f"{page:<10} {shown(command)}", soft_wrap=True)


def _versions(rows: "list[VersionRow]") -> Table:
    table = Table(box=SIMPLE)
    for title in ("version", "stage", "candidate", "on test", "MLflow", "Bento"):
        table.add_column(title, overflow="fold")
    for row in rows:
        value = "-" if row.test is None else f"{row.metric} {row.test:.4g}"
        mlflow = f"{row.mlflow_version} champion" if row.champion else row.mlflow_version
        bento = row.bento if row.bento_present else f"{row.bento} [red](missing)[/red]"
        style = "bold" if row.stage == "production" else "dim"
        table.add_row(
            f"{row.model} {row.version}",
            row.stage or "-",
            row.candidate,
            value,
            mlflow,
            bento,
            style=style,
        )
    return table


def _page_commands(uri: str) -> dict[str, str]:
    served = uri.startswith("http")
    return {
        "dashboard": f"{tool('zenml')} login --local",
        "mlflow": uri if served else f"{tool('mlflow')} ui --backend-store-uri {uri}",
    }
