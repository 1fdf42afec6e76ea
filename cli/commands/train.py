"""``train``: data → gate → released Bento."""

import getpass
from pathlib import Path

import click

from cli.environment import prepare_environment, prepare_stack
from cli.options import NAME, config_options, output_options
from cli.terminal import Terminal
from core.config import load_config


@click.command()
@config_options
@click.option("--by", type=NAME, help="Who starts the run; default: the login.")
@output_options
@click.pass_obj
def train(
    terminal: Terminal,
    config_path: Path,
    overrides: tuple[str, ...],
    by: str | None,
    as_json: bool,
    verbose: bool,
) -> int:
    """Take a dataset through validation, training, evaluation and the gate.

    Finished steps are cached: a second run executes only what a change concerns. Ends with a
    promoted model and its Bento, or with exit code 3 and the reasons. Where the config asks for
    people (promotion.approval: required) it ends with exit code 4 and the commands that decide; on
    a terminal it asks.

    \b
    Examples:
      python run.py --config configs/quickstart.yaml
      python run.py train --config configs/ag_news.yaml --set data.limit=2000 --json
    """
    config = load_config(config_path, overrides)
    prepare_environment()
    terminal.capture()
    with terminal.err.status("starting ZenML"):
        prepare_stack()
        from adapters.candidates import find_candidate
        from adapters.search import require_clusters
        from cli.outcome import TrainingOutcome
        from cli.people import ask, can_ask
        from cli.progress import run_with_progress
        from core.data.loading import source_state
        from pipelines.training import training

    require_clusters(config)
    given = {"by": by or getpass.getuser(), "state": source_state(config.data.source)}
    run_id = str(run_with_progress(terminal, training, config, **given).id)
    outcome = TrainingOutcome.of_run(run_id, config)
    if as_json:
        terminal.result(outcome.as_json())
        return outcome.exit_code
    outcome.print(terminal.out)
    asks = outcome.status == "waiting" and can_ask(terminal)
    if asks and ask(terminal, find_candidate(run_id)):
        outcome = TrainingOutcome.of_run(run_id, config)
        outcome.print_result(terminal.out)
    return outcome.exit_code
