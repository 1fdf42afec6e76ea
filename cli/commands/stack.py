"""``stack``: register and list the stacks of ``stacks/``."""

import click

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, shown


@click.group()
def stack() -> None:
    """Register and list stacks; switch between them with `zenml stack set NAME`."""


@stack.command()
@click.argument("names", nargs=-1, required=True)
@output_options
@click.pass_obj
def apply(terminal: Terminal, names: tuple[str, ...], as_json: bool, verbose: bool) -> None:
    """Register stacks with their components and flavors; what exists is left alone."""
    prepare_environment()
    terminal.capture()
    from stacks.apply import apply_stack
    from stacks.definition import read_definition

    prepare_stack()
    definitions = {name: read_definition(name) for name in names}
    changes = {name: apply_stack(name) for name in names}
    if as_json:
        terminal.result({"stacks": {definitions[name].name: changes[name] for name in names}})
        return
    for name in names:
        for change in changes[name] or ["everything is there already"]:
            terminal.out.print(shown(f"{name}: {change}"))
        terminal.out.print(f"use it: zenml stack set {definitions[name].name}")


@stack.command("list")
@output_options
@click.pass_obj
def list_(terminal: Terminal, as_json: bool, verbose: bool) -> None:
    """List the stacks of this project, whether ZenML knows them, and which is active."""
    prepare_environment()
    terminal.capture()
    from zenml.client import Client

    from stacks.apply import is_registered
    from stacks.definition import available

    prepare_stack()
    active = Client().active_stack_model.name
    rows = [
        {
            "file": f"stacks/{name}.yaml",
            "name": definition.name,
            "registered": is_registered(definition),
            "active": definition.name == active,
            "components": {kind: item.flavor for kind, item in definition.components.items()},
        }
        for name, definition in available().items()
    ]
    if as_json:
        terminal.result({"active": active, "stacks": rows})
        return
    for row in rows:
        state = "active" if row["active"] else "registered" if row["registered"] else "not applied"
        terminal.out.print(f"{row['name']:<24} {state:<12} {row['file']}")
    if not any(row["active"] for row in rows):
        switch = f"zenml stack set {rows[0]['name']}"
        terminal.out.print(f"active is {active!r}; switch with: {switch}", markup=False)
