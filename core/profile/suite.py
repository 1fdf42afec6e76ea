"""A suite of checks for one file: the general ones of its task, and some for its columns."""

import math
from collections.abc import Iterator
from typing import Any

from core.config.tasks import TASKS
from core.profile.columns import Column
from core.profile.profile import Profile

# Each check takes some milliseconds in every run.
_MOST_COLUMNS, _MOST_LEVELS = 60, 50
# A value or two beyond what was seen is no broken file.
_MOSTLY = 0.98

Check = dict[str, Any]


def draft_suite(profile: Profile, name: str, general: dict[str, Any]) -> dict[str, Any]:
    """The suite as JSON.

    Args:
        profile: The decisions.
        name: Of the suite.
        general: The suite of the task, whose checks come first.
    """
    about = "The general checks of the task"
    checks = list(general["expectations"])
    if TASKS[profile.task].takes == "table":
        columns = profile.inputs[:_MOST_COLUMNS]
        about += f", then {len(columns)} of {len(profile.inputs)} columns as they were seen"
        checks += [check for column in columns for check in _of_column(column, profile)]
    return {"name": name, "meta": {"about": f"{about}. Edit it freely."}, "expectations": checks}


def _of_column(column: Column, profile: Profile) -> Iterator[Check]:
    gaps = column.missing / column.rows
    present = max(0.0, math.floor(100 * (1 - 1.5 * gaps - 0.05)) / 100)
    yield _check(column, "present", "has gaps", "not_be_null", mostly=present)
    if column.is_number:
        margin = (column.high - column.low) / 2 or abs(column.high) or 1.0
        yield _check(
            column,
            "range",
            "is far outside what was seen",
            "be_between",
            min_value=float(f"{column.low - margin:.6g}"),
            max_value=float(f"{column.high + margin:.6g}"),
            mostly=_MOSTLY,
        )
    elif column.kind == "category" and column.distinct <= _MOST_LEVELS and profile.sample.whole:
        levels = sorted(name for name, _ in column.levels)
        yield _check(
            column, "levels", "has unknown levels", "be_in_set", value_set=levels, mostly=_MOSTLY
        )


def _check(column: Column, check: str, title: str, kind: str, **values: Any) -> Check:
    return {
        "type": f"expect_column_values_to_{kind}",
        "kwargs": {"column": column.name, **values},
        "meta": {
            "check": f"{check} of {column.name}",
            "title": f"{column.name} {title}",
            "stages": ["raw", "batch"],
            "show_values": kind != "not_be_null",
        },
    }
