"""``bundle``: several models in one Bento."""

import click

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, shown, tool


@click.command()
@click.argument("name")
@click.argument("models", nargs=-1, required=True)
@output_options
@click.pass_obj
def bundle(
    terminal: Terminal, name: str, models: tuple[str, ...], as_json: bool, verbose: bool
) -> None:
    """Build one Bento, NAME, that serves the production versions of MODELS.

    The first model answers /predict, each answers /predict/MODEL; the first one's `serving`
    section holds for all.

    \b
    Example:
      python run.py bundle newsdesk ag_news sentiment
    """
    prepare_environment()
    terminal.capture()
    with terminal.err.status("packing"):
        prepare_stack()
        from adapters.bundle import build_bundle

        tag, built = build_bundle(name, models)
    if as_json:
        versions = {release.name: release.version for release in built.releases}
        terminal.result({"bento": tag, "models": versions})
        return
    for release in built.releases:
        terminal.out.print(f"  {release.name} version {release.version}")
    terminal.out.print(f"serve them: {shown(tool('bentoml'))} serve {tag}", soft_wrap=True)
