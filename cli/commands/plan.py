"""``plan``: the effective config, and what a run would do."""

from pathlib import Path

import click
import yaml

from cli.environment import prepare_environment, prepare_stack
from cli.options import config_options, output_options
from cli.terminal import Terminal
from core.config import load_config
from core.config.loading import config_hash

MARKS = {
    "cached": "[dim]≡ cached[/dim]",
    "runs": "[green]▶ runs[/green]",
    "depends": "[yellow]? runs if its inputs change[/yellow]",
}


@click.command()
@config_options
@output_options
@click.pass_obj
def plan(
    terminal: Terminal, config_path: Path, overrides: tuple[str, ...], as_json: bool, verbose: bool
) -> None:
    """Show the effective config and which steps are cached, without running."""
    config = load_config(config_path, overrides)
    prepare_environment()
    terminal.capture()
    with terminal.err.status("asking ZenML"):
        prepare_stack()
        from cli.planning import plan_training

        steps = plan_training(config)
    if as_json:
        terminal.result(
            {
                "config_hash": config_hash(config),
                "config": config.model_dump(mode="json"),
                "steps": [step.model_dump() for step in steps],
            }
        )
        return
    terminal.out.print(
        yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False).rstrip(), markup=False
    )
    terminal.out.print(f"\nconfig hash {config_hash(config)}\n", soft_wrap=True)
    for step in steps:
        terminal.out.print(f"  {step.name:<34} {MARKS[step.state]}")
    terminal.out.print("  ... what follows depends on their results")
