"""``challenger``: who stands beside a production model."""

import getpass

import click

from cli.environment import prepare_environment, prepare_stack
from cli.options import NAME, REASON, output_options
from cli.terminal import Terminal
from core.errors import GatehouseError


@click.command()
@click.argument("model")
@click.option("--withdraw", is_flag=True, help="Take it out of services and registries.")
@click.option("--by", type=NAME, help="Who withdraws it; default: the login.")
@click.option("--reason", type=REASON, help="Why it is withdrawn; the ledger keeps it.")
@output_options
@click.pass_obj
def challenger(
    terminal: Terminal,
    model: str,
    withdraw: bool,
    by: str | None,
    reason: str | None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Show MODEL's champion and challenger, as running services follow them.

    A challenger comes with a config's `promotion.target: challenger`; to make it the champion, run
    the config without that.

    \b
    Examples:
      python run.py challenger ag_news
      python run.py challenger ag_news --withdraw --by ann --reason "too slow on long texts"
    """
    if withdraw and not reason:
        raise click.UsageError("--withdraw needs a --reason")
    if not withdraw and (by or reason):
        raise click.UsageError("--by and --reason go with --withdraw")
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML and MLflow"):
        prepare_stack()
        from adapters.channel import read_channel
        from adapters.release import withdraw_challenger

        if withdraw:
            withdraw_challenger(model, by=by or getpass.getuser(), reason=str(reason))
        channel = read_channel(model)
    if channel is None:
        raise GatehouseError(f"no model {model!r} is released; see all: run.py status")
    roles = {"champion": channel.champion, "challenger": channel.challenger}
    versions = {role: release.version if release else None for role, release in roles.items()}
    if as_json:
        terminal.result({"model": model, **versions})
        return
    for role, version in versions.items():
        terminal.out.print(f"{role:<11} {f'version {version}' if version else 'none'}")
