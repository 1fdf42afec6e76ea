"""``api-key``: a new key for callers of the service."""

import click

from cli.options import output_options
from cli.terminal import Terminal
from core.api_keys import SCOPES, Scope, new_key


@click.command("api-key")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(SCOPES),
    default="predict",
    show_default=True,
    help="admin: the /admin routes too.",
)
@output_options
@click.pass_obj
def api_key(terminal: Terminal, name: str, scope: Scope, as_json: bool, verbose: bool) -> None:
    """Make an API key; print it, and the line by which a server knows it.

    The key is kept nowhere: put it where its user keeps secrets. Only its hash is in the line.
    """
    key, known = new_key(name, scope)
    if as_json:
        terminal.result({"name": name, "scope": scope, "key": key, "line": known.line})
        return
    terminal.err.print("Keep this key, it is shown only once:", soft_wrap=True)
    terminal.out.print(key, markup=False, soft_wrap=True)
    terminal.err.print(
        "Add this line to the file of GATEHOUSE_API_KEYS_FILE and restart the server:\n"
        f"{known.line}",
        markup=False,
        soft_wrap=True,
    )
