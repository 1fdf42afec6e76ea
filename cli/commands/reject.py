"""``reject``: a person turns a waiting candidate down."""

import click

from cli.deciding import decide_and_show
from cli.options import decision_options, output_options
from cli.terminal import Terminal


@click.command()
@decision_options
@output_options
@click.pass_obj
def reject(terminal: Terminal, run: str, by: str, reason: str, as_json: bool, verbose: bool) -> int:
    """Reject the candidate that waits in RUN; nothing is released, and the exit code is 5.

    RUN is a run's id, 8 or more digits of it, or its name; a model's name will do where exactly
    one candidate of it waits. One rejection is enough.

    \b
    Example:
      python run.py reject ag_news --by bob --reason "worse on short texts"
    """
    return decide_and_show(terminal, run, "reject", by, reason)
