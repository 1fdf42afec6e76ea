"""Options that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from core.governance.words import clean_reason, person_name, visible


class Words(click.ParamType[str]):
    """Text in a form that the ledger, or whoever is asked, takes."""

    def __init__(self, name: str, clean: Callable[[str], str]) -> None:
        self.name, self._clean = name, clean

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Usage error for what is blank, not UTF-8, too long or invisible."""
        try:
            return self._clean(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def service_url(text: str) -> str:
    """The URL of a service.

    Raises:
        ValueError: it is none that can be asked.
    """
    found = urlsplit(text)
    if found.scheme not in ("http", "https") or not found.hostname or visible(text) != text:
        raise ValueError(f"{text!a} is no URL such as http://host:3000")
    found.port  # noqa: B018 - raises ValueError for a port that is none
    return text


NAME, REASON = Words("name", person_name), Words("text", clean_reason)
SERVICE = Words("url", service_url)


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
    for name, kind, text in (
        ("--reason", REASON, "Why; the ledger keeps it."),
        ("--by", NAME, "Who decides; recorded with the ZenML user."),
    ):
        command = click.option(name, required=True, type=kind, help=text)(command)
    return click.argument("run")(command)
