"""``reproduce``: a released version made again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import click
from rich.console import Console

from cli.environment import prepare_environment, prepare_stack
from cli.options import output_options
from cli.terminal import Terminal, shown

DIFFERENT = 1
SAYS = {
    "identical": "[bold green]IDENTICAL[/]: the same bytes",
    "same_predictions": "[bold green]SAME PREDICTIONS[/]: other bytes, every probability equal",
    "different": "[bold red]DIFFERENT[/]",
}


@click.command()
@click.argument("model")
@click.argument("version")
@output_options
@click.pass_obj
def reproduce(terminal: Terminal, model: str, version: str, as_json: bool, verbose: bool) -> int:
    """Make VERSION of MODEL again from its recorded config and data, and compare.

    Says whether the bytes are identical, or every prediction on the test split is, or what
    differs: data, config, code, libraries. Changes nothing. Exit code 1 when the model differs.

    \b
    Examples:
      python run.py reproduce quickstart 1
      python run.py reproduce quickstart 1 --json
    """
    prepare_environment()
    terminal.capture()
    with terminal.err.status("starting ZenML"):
        prepare_stack()
        from adapters.reproduce import reproduce as make_again

    result = make_again(model, version, partial(_shown, terminal.err))
    if as_json:
        terminal.result({"model": model, "version": version} | result.model_dump())
    else:
        sha256 = result.found.model_sha256
        terminal.out.print(f"{SAYS[result.verdict]}  {shown(f'{model} version {version}')}")
        terminal.out.print(f"  SHA-256 {sha256}", soft_wrap=True)
        for line in result.differences:
            terminal.out.print(f"  - {shown(line)}", soft_wrap=True)
    return DIFFERENT if result.verdict == "different" else 0


@contextmanager
def _shown(console: Console, title: str) -> Iterator[None]:
    started = time.perf_counter()
    with console.status(f"[bold]{shown(title)}"):
        yield
    console.print(f"[green]✓[/green] {shown(title):<34} {time.perf_counter() - started:5.1f} s")
