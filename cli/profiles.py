"""What ``init-config`` found out, for people and as JSON."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.terminal import Terminal, shown, tool

if TYPE_CHECKING:
    from core.profile.profile import Profile

SHOWN = 12


class Made(NamedTuple):
    """What was written: a config and a suite, both of this name."""

    name: str
    config: Path
    suite: Path


def _next_commands(made: Made) -> list[str]:
    return [
        f"{tool('python')} run.py --config {shlex.quote(str(made.config))}",
        f"{tool('bentoml')} serve {made.name}:latest",
    ]


def profile_as_json(made: Made, profile: "Profile") -> dict[str, Any]:
    """The object of ``init-config --json``."""
    sample = profile.sample
    return {
        "status": "written",
        "name": made.name,
        "config": str(made.config),
        "suite": str(made.suite),
        "rows": sample.rows,
        "rows_looked_at": sample.table.num_rows,
        "rows_are_estimated": sample.is_estimate,
        "target": profile.target.name,
        "why_target": profile.why_target,
        "task": profile.task,
        "why_task": profile.why_task,
        "labels": list(profile.pinned_labels),
        "columns": {column.name: column.kind for column in profile.inputs},
        "left_out": {column.name: column.problem for column in profile.dropped},
        "doubts": {column.name: column.doubt for column in profile.inputs if column.doubt},
        "notes": list(sample.notes),
        "next": _next_commands(made),
    }


def print_profile(terminal: Terminal, made: Made, profile: "Profile") -> None:
    """The decisions, and what to type next."""
    sample = profile.sample
    for head, line in (
        ("data", sample.extent),
        ("predicts", f"{profile.target.name} ({profile.why_target}): {profile.target_summary}"),
        ("task", f"{profile.task}: {profile.why_task}"),
        ("inputs", _counted(profile)),
        *_first("left out", [f"{c.shown_name}: {c.problem}" for c in profile.dropped]),
        *_first("in doubt", _doubts(profile)),
        *(("note", note) for note in sample.notes),
        ("wrote", f"{made.config} and {made.suite}"),
        ("next", _next_commands(made)[0]),
        ("", _next_commands(made)[1]),
    ):
        terminal.out.print(f"[bold]{head:<10}[/]{shown(line)}", soft_wrap=True)


def _counted(profile: "Profile") -> str:
    kinds = [column.kind for column in profile.inputs]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def _doubts(profile: "Profile") -> list[str]:
    return [
        f"{column.shown_name} is a {column.kind}: {column.doubt}"
        for column in profile.inputs
        if column.doubt
    ]


def _first(head: str, lines: list[str]) -> list[tuple[str, str]]:
    more = f"... {len(lines) - SHOWN} more, in the config"
    shown_lines = lines[:SHOWN] + ([more] if len(lines) > SHOWN else [])
    return [(head, line) for line in shown_lines]
