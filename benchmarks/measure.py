"""Repeated, interleaved measurement of whole processes, and how results are shown."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
_RSS_UNITS_PER_MIB = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss, see getrusage(2)

Result = TypeVar("Result")

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout."
)


def rounds_option(default: int) -> Callable[..., Any]:
    """``--rounds``, with the command's own default."""
    return click.option(
        "--rounds",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="How often each side runs, in turns; medians are printed.",
    )


@dataclass(frozen=True)
class Usage:
    """What one process took, together with the children it waited for.

    Attributes:
        wall: Seconds from start to end.
        cpu: Seconds of user and system time.
        peak: Largest resident size of any one of its processes, MiB.
        started: Unix time of its start.
        out: What it wrote to stdout.
        err: What it wrote to stderr.
    """

    wall: float
    cpu: float
    peak: float
    started: float
    out: str
    err: str


def run_python(*arguments: str | Path, **environment: str | Path) -> Usage:
    """Run this Python with arguments, in the repository root, and measure it.

    A child's peak begins at what its parent holds, so callers import little.

    Raises:
        click.ClickException: with the end of stderr, if it fails.
    """
    command = [sys.executable, *map(str, arguments)]
    variables = os.environ | {name: str(value) for name, value in environment.items()}
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        started, clock = time.time(), time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        usage = Usage(
            wall=wall,
            cpu=used.ru_utime + used.ru_stime,
            peak=used.ru_maxrss / _RSS_UNITS_PER_MIB,
            started=started,
            out=out.read(),
            err=err.read(),
        )
    if process.returncode:
        raise click.ClickException(
            f"{' '.join(command)}: exit code {process.returncode}\n{usage.err[-2000:]}"
        )
    return usage


def in_turns(cases: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """Call each case once a round; every second round goes backwards, so that drift cancels."""
    results: dict[str, list[Result]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in list(cases)[:: -1 if number % 2 else 1]:
            click.echo(f"round {number + 1} of {rounds}: {name}", err=True)
            results[name].append(cases[name]())
    return results


def medians(usages: Iterable[Usage]) -> dict[str, float]:
    """Medians of wall seconds, CPU seconds and peak MiB."""
    found = list(usages)
    return {
        "wall_s": median(usage.wall for usage in found),
        "cpu_s": median(usage.cpu for usage in found),
        "peak_mib": median(usage.peak for usage in found),
    }


def print_table(title: str, rows: Mapping[str, Mapping[str, float | str]]) -> None:
    """Print named rows; the columns are the keys of the first row."""
    columns = list(next(iter(rows.values())))
    table = Table("", title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    for name, values in rows.items():
        table.add_row(name, *(_cell(values.get(column, "")) for column in columns))
    Console(highlight=False).print(table)


def print_json(value: object) -> None:
    """Print the one JSON object of ``--json``."""
    click.echo(json.dumps(value, indent=2))


def _cell(value: float | str) -> str:
    if isinstance(value, str):
        return value
    if abs(value) >= 1 or not value:
        return f"{value:,.2f}"
    return f"{value:.4f}" if abs(value) >= 0.001 else f"{value:.0e}"
