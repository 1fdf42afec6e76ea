"""A commented config from a profile."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from core.config.data import SplitShares
from core.config.tasks import TASKS
from core.profile.bounds import Bounds, bounds_of
from core.profile.candidates import candidates_of
from core.profile.columns import Column
from core.profile.profile import Profile

# YAML's words for true, false and null have no digit or underscore, so they go the long way.
_SIMPLE = re.compile(r"^[A-Za-z]+[_0-9]+\w*$", re.ASCII)
_COMMENT_AT, _COMMENT_LENGTH = 40, 100


def draft_config(profile: Profile, name: str, command: str) -> str:
    """The YAML of a job, with what was seen and decided as comments.

    Args:
        profile: The decisions.
        name: The model's name, and its suite's.
        command: What was typed, for the first line.
    """
    bounds = bounds_of(profile)
    lines = [
        *_heading(profile, command),
        f"name: {name}",
        _noted(f"task: {profile.task}", profile.why_task),
        "data:",
        f"  source: {_flow(profile.sample.source.model_dump(exclude_defaults=True))}",
        *_columns(profile),
        *_rows(bounds),
        *_validation(bounds, name),
        "candidates:",
        *(f"  - {_flow(candidate)}" for candidate in candidates_of(profile, bounds)),
        *_gate(bounds),
    ]
    return "\n".join(lines) + "\n"


def _heading(profile: Profile, command: str) -> Iterator[str]:
    sample = profile.sample
    yield f"# Written by: {_printable(command)}"
    yield (
        f"# {sample.extent}; {len(profile.columns) + 1} columns. The comments say what was seen; "
        "edit what is wrong."
    )
    for note in sample.notes:
        yield f"# {_plain(note)}"


def _columns(profile: Profile) -> Iterator[str]:
    target = profile.target
    yield _noted(
        f"  label: {_flow(target.name)}", f"{profile.why_target}; {profile.target_summary}"
    )
    if profile.pinned_labels:
        yield _noted(
            f"  labels: {_flow(list(profile.pinned_labels))}", "a new one fails the checks"
        )
    if TASKS[profile.task].takes == "text":
        text = profile.inputs[0]
        yield _noted(f"  text: {_flow(text.name)}", text.summary)
        for column in profile.dropped:
            yield f"  # not used: {_plain(column.shown_name)}: {_plain(column.problem)}"
        return
    yield "  columns:"
    for column in profile.inputs:
        yield _noted(f"    {_flow(column.name)}: {column.kind}", _seen(column))
    if profile.dropped:
        yield "  drop:  # to use one, move it up to columns, with its kind"
        for column in profile.dropped:
            yield _noted(f"    - {_flow(column.name)}", column.problem)


def _seen(column: Column) -> str:
    return column.summary + (f"; in doubt: {column.doubt}" if column.doubt else "")


def _rows(bounds: Bounds) -> Iterator[str]:
    if bounds.limit:
        yield _noted(f"  limit: {bounds.limit}", "rows to use, so that a run takes a minute")
    if bounds.shares != SplitShares():
        yield _noted(
            f"  split: {_flow(bounds.shares.model_dump())}", "of few rows, more to judge by"
        )


def _validation(bounds: Bounds, name: str) -> Iterator[str]:
    yield "validation:"
    yield _noted(f"  suite: {name}", f"expectations/suites/{name}.json; edit it too")
    for key, value, why in bounds.validation:
        yield _noted(f"  {key}: {value}", why)


def _gate(bounds: Bounds) -> Iterator[str]:
    metric, value, why = bounds.rule
    if bounds.is_imbalanced:
        yield f"selection: {{metric: {metric}}}"
    if bounds.coverage:
        line = f"evaluation: {{coverage: {bounds.coverage}}}"
        yield _noted(line, "of intervals; more needs more validation rows")
    yield "promotion:"
    if bounds.is_imbalanced:
        yield f"  compare: {{metric: {metric}}}"
    yield "  rules:"
    yield _noted(f'    - {{metric: {metric}, op: ">", value: {value}}}', why)
    if bounds.characters:
        line = f"serving: {{max_characters: {bounds.characters}}}"
        yield _noted(line, "of a text, or of a row as JSON")


def _noted(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT_AT}}  # {_plain(comment)}"


def _plain(text: str) -> str:
    """Short, on one line, without what steers a terminal."""
    text = _printable(text)
    return text if len(text) <= _COMMENT_LENGTH else f"{text[: _COMMENT_LENGTH - 3]}..."


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _flow(value: Any) -> str:
    """YAML on one line."""
    if isinstance(value, str) and _SIMPLE.match(value):
        return value
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    text = text.removesuffix("\n...\n").strip()
    # JSON is YAML, and has line ends escaped.
    return json.dumps(value, ensure_ascii=False) if "\n" in text else text
