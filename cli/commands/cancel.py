"""``cancel``: a waiting candidate is taken back."""

import click

from cli.deciding import decide_and_show
from cli.options import decision_options, output_options
from cli.terminal import Terminal


@click.command()
@decision_options
@output_options
@click.pass_obj
def cancel(terminal: Terminal, run: str, by: str, reason: str, as_json: bool, verbose: bool) -> int:
    """Take back the candidate that waits in RUN; its run is stopped, and the exit code is 7.

    RUN is a run's id, 8 or more digits of it, or its name; a model's name will do where exactly
    one candidate of it waits. Unlike `reject` it says nothing about the candidate.

    \b
    Example:
      python run.py cancel ag_news --by ann --reason "started with the wrong data"
    """
    return decide_and_show(terminal, run, "cancel", by, reason)
