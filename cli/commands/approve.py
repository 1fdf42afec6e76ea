"""``approve``: a person lets a waiting candidate pass."""

import click

from cli.deciding import decide_and_show
from cli.options import decision_options, output_options
from cli.terminal import Terminal


@click.command()
@decision_options
@output_options
@click.pass_obj
def approve(
    terminal: Terminal, run: str, by: str, reason: str, as_json: bool, verbose: bool
) -> int:
    """Approve the candidate that waits in RUN, and release it.

    RUN is a run's id, 8 or more digits of it, or its name; a model's name will do where exactly
    one candidate of it waits. When enough people have approved, the run goes on here and ends as
    `train` does; until then the exit code is 4. A command that was cut short is finished by typing
    it again.

    \b
    Example:
      python run.py approve ag_news --by ann --reason "fewer errors in Business"
    """
    return decide_and_show(terminal, run, "approve", by, reason)
