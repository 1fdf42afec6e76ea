"""Options that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--json`` and ``--verbose``."""
    command = click.option(
        "--verbose", is_flag=True, help="Show what ZenML and the libraries print, and tracebacks."
    )(command)
    return click.option(
        "--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout."
    )(command)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--config`` and ``--set``."""
    command = click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a key, such as --set data.limit=2000; repeatable.",
    )(command)
    return click.option(
        "--config",
        "config_path",
        required=True,
        type=click.Path(path_type=Path),
        help="The job's YAML file, such as configs/quickstart.yaml.",
    )(command)


def decision_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``RUN``, ``--by`` and ``--reason`` of whoever decides on a candidate."""
    for name, shown, text in (
        ("--reason", "TEXT", "Why; the ledger keeps it."),
        ("--by", "NAME", "Who decides; recorded with the ZenML user."),
    ):
        command = click.option(name, required=True, metavar=shown, callback=_spoken, help=text)(
            command
        )
    return click.argument("run")(command)


def _spoken(_: click.Context, option: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("must not be blank", param=option)
    return value.strip()
