"""``init-config``: from a file nobody has described to a config that runs."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.options import output_options
from cli.profiles import Made, print_profile, profile_as_json
from cli.terminal import Terminal, shown
from core.config.tasks import TASKS, TaskName

if TYPE_CHECKING:
    from core.profile.choices import Asker, Given
    from core.profile.profile import Profile

CONFIGS = Path("configs")


class Wanted(NamedTuple):
    """What was typed."""

    data: str
    target: str | None
    task: TaskName | None
    name: str | None
    sheet: str | None
    output: Path | None
    force: bool
    quiet: bool

    def given(self) -> "Given":
        """The same for the profile, with the command for its hints."""
        from core.profile.choices import Given

        return Given(self.command("data", "name", "sheet"), self.target, self.task)

    def command(self, *options: str) -> str:
        """What was typed, with these of its options."""
        typed = [(name, getattr(self, name)) for name in options]
        said = [f"--{name} {shlex.quote(value)}" for name, value in typed if value is not None]
        return " ".join(("python run.py init-config", *said))


@click.command("init-config")
@click.option(
    "--data",
    required=True,
    metavar="FILE",
    help="A CSV, TSV, JSON Lines, Parquet or Excel file, or hub:OWNER/NAME.",
)
@click.option("--target", metavar="COLUMN", help="The column to predict.")
@click.option(
    "--task",
    type=click.Choice(list(TASKS)),
    help="Default: from the target's values and the other columns.",
)
@click.option("--name", help="The model's name: a-z, 0-9, _; default: from the file's.")
@click.option("--sheet", metavar="NAME", help="Of an Excel file; default: the first.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The config to write; default: configs/NAME.yaml.",
)
@click.option("--force", is_flag=True, help="Replace a config and a suite that are there already.")
@click.option(
    "--yes", "--no-input", "quiet", is_flag=True, help="Ask nothing, on a terminal neither."
)
@output_options
@click.pass_obj
def init_config(terminal: Terminal, /, as_json: bool, verbose: bool, **options: Any) -> None:
    """Look at a file, and write a config and a suite of checks for it.

    Finds out what the columns hold, which one to predict, and as what. Columns that are constant,
    name rows, or give the target away are left out. The config says why, in comments; the bounds
    of its checks and rules come from the file. Of large files, parts are looked at.

    Where the target or the task is not clear it asks; without a terminal it lists the choices and
    ends with exit code 2. Nothing unclear is decided silently.

    \b
    Examples:
      python run.py init-config --data churn.csv
      python run.py init-config --data houses.xlsx --sheet 2025 --target price
      python run.py init-config --data hub:fancyzhx/ag_news --name news
    """
    wanted = Wanted(**options)
    with terminal.err.status("starting"):
        from core.profile.naming import model_name
        from core.profile.writing import require_new
        from expectations import runner

    name = model_name(wanted.name, wanted.data)
    suite = Path(os.path.relpath(runner.SUITES / f"{name}.json"))
    made = Made(name, wanted.output or CONFIGS / f"{name}.yaml", suite)
    if not wanted.force:
        require_new([made.config, made.suite])
    profile = _profile(terminal, wanted)
    _write(made, profile, wanted)
    if as_json:
        terminal.result(profile_as_json(made, profile))
    else:
        print_profile(terminal, made, profile)


def _profile(terminal: Terminal, wanted: Wanted) -> "Profile":
    with terminal.err.status(f"looking at {shown(wanted.data)}"):
        from core.profile.choices import profile_sample
        from core.profile.open import look_at_source

        sample = look_at_source(wanted.data, wanted.sheet)
    return profile_sample(sample, wanted.given(), _asker(terminal, wanted))


def _asker(terminal: Terminal, wanted: Wanted) -> "Asker | None":
    """Whoever sits at the terminal."""
    from cli.asking import TerminalAsker

    is_terminal = sys.stdin.isatty() and terminal.err.is_terminal
    can_ask = is_terminal and not (wanted.quiet or terminal.as_json)
    return TerminalAsker(terminal) if can_ask else None


def _write(made: Made, profile: "Profile", wanted: Wanted) -> None:
    from core.config.loading import parse_config
    from core.config.yaml_text import parse_yaml
    from core.profile.draft import draft_config
    from core.profile.suite import draft_suite
    from core.profile.writing import require_new, write_together
    from expectations.runner import read_suite

    text = draft_config(
        profile, made.name, wanted.command("data", "target", "task", "name", "sheet")
    )
    parse_config(parse_yaml(text), origin=str(made.config))
    suite = draft_suite(profile, made.name, read_suite(TASKS[profile.task].suite))
    if not wanted.force:
        require_new([made.config, made.suite])
    write_together({made.suite: json.dumps(suite, indent=2) + "\n", made.config: text})
