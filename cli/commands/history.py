"""``history``: the life of a model as a time line."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal
from core.errors import LedgerError

if TYPE_CHECKING:
    from core.governance.timeline import Event


@click.command()
@click.argument("model")
@output_options
@click.pass_obj
def history(terminal: Terminal, model: str, as_json: bool, verbose: bool) -> None:
    """Tell the life of MODEL: candidates, decisions, how long each version served, monitoring.

    From the ledger and the monitoring runs; times are UTC.

    \b
    Examples:
      python run.py history ag_news
      python run.py history ag_news --json
    """
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML and MLflow"):
        prepare_stack()
        from adapters.history import monitored_batches
        from adapters.ledger import read_ledger
        from core.governance.state import state_of
        from core.governance.timeline import timeline

        entries = read_ledger(model)
        if not entries:
            raise LedgerError(f"{model} has no ledger; see all models: run.py status")
        events = timeline(entries, monitored_batches(model), datetime.now(UTC))
    standing = state_of(entries).standing
    if as_json:
        told = [event.model_dump(mode="json") for event in events]
        terminal.result({"model": model} | standing.model_dump() | {"events": told})
        return
    terminal.out.print(f"[bold]{escape(model)}[/]: {standing}")
    _print(terminal.out, events)


def _print(console: Console, events: list["Event"]) -> None:
    subject = None
    for event in events:
        if event.subject != subject:
            subject = event.subject
            console.print(f"\n[bold]{escape(subject)}[/]")
        console.print(f"  {event.at:%Y-%m-%d %H:%M:%S}  {escape(event.text)}", soft_wrap=True)
