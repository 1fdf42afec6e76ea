"""``schema``: the config's JSON Schema."""

import click

from cli.options import output_options
from cli.terminal import Terminal
from core.config import JobConfig


@click.command()
@output_options
@click.pass_obj
def schema(terminal: Terminal, as_json: bool, verbose: bool) -> None:
    """Print the JSON Schema of a config (it is JSON with and without --json).

    Editors complete and check configs with it, for example by a first line
    `# yaml-language-server: $schema=gatehouse.schema.json`.
    """
    document = JobConfig.model_json_schema()
    terminal.result({"$schema": "https://json-schema.org/draft/2020-12/schema", **document})
