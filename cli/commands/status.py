"""``status``: what is released, and where to look at it."""

import click
from rich.box import SIMPLE
from rich.table import Table

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, tool
from core.errors import GatehouseError


@click.command()
@click.argument("model", required=False)
@output_options
@click.pass_obj
def status(terminal: Terminal, model: str | None, as_json: bool, verbose: bool) -> None:
    """Show models, versions, stages, metrics, Bentos, and the commands that open the pages."""
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML and MLflow"):
        prepare_stack()
        from adapters.components import require_components
        from adapters.inventory import list_versions, tracking_uri

        require_components()
        rows, commands = list_versions(model), _page_commands(tracking_uri())
    if model and not rows:
        raise GatehouseError(f"no model {model!r} is released; see all: run.py status")
    if as_json:
        terminal.result({"versions": [row.model_dump() for row in rows], "commands": commands})
        return
    if rows:
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
        terminal.out.print(table)
    else:
        terminal.out.print("no model is released; start with")
        terminal.out.print(f"  {tool('python')} run.py --config configs/quickstart.yaml")
    for page, command in commands.items():
        terminal.out.print(f"{page:<10} {command}", soft_wrap=True)


def _page_commands(uri: str) -> dict[str, str]:
    served = uri.startswith("http")
    return {
        "dashboard": f"{tool('zenml')} login --local",
        "mlflow": uri if served else f"{tool('mlflow')} ui --backend-store-uri {uri}",
    }
