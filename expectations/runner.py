"""Runs a suite of ``expectations/suites`` with Great Expectations 1.x."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import ConfigError, DataError
from expectations.result import SuiteResult, Violation

SUITES = Path(__file__).parent / "suites"
SHOWN_ROWS = 10


def read_suite(name: str) -> dict[str, Any]:
    """The suite as JSON.

    Raises:
        ConfigError: if there is no such suite.
    """
    path = SUITES / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in SUITES.glob("*.json")))
        raise ConfigError(f"validation.suite: no {name!r} in expectations/suites; known: {known}")
    suite: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return suite


def run_suite(
    view: pd.DataFrame,
    *,
    suite: str,
    stage: str,
    table: str,
    parameters: dict[str, Any],
    tolerated: frozenset[str] = frozenset(),
) -> SuiteResult:
    """Check a table and collect every violation.

    Args:
        view: Rows to check, with the columns the suite speaks of. Where the first value of a
            column says what a broken expectation is about, ``meta.named_by`` names that column.
        suite: Name of a file in ``expectations/suites``.
        stage: Only expectations whose ``meta.stages`` holds it are run.
        table: Name of the table in messages.
        parameters: Values for the suite's ``$PARAMETER`` entries.
        tolerated: Checks (``meta.check``) that are noted, not failed.

    Raises:
        DataError: if an expectation could not be evaluated at all.
    """
    # Importing Great Expectations takes seconds; a cached run never needs it.
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite

    # Its logger writes a line per metric otherwise.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    chosen = [item for item in read_suite(suite)["expectations"] if stage in item["meta"]["stages"]]
    batch = (
        context.data_sources.add_pandas("gatehouse")
        .add_dataframe_asset(table)
        .add_batch_definition_whole_dataframe("whole")
        .get_batch({"dataframe": view})
    )
    result = batch.validate(
        ExpectationSuite(name=suite, expectations=chosen),
        expectation_parameters=parameters,
        result_format={"result_format": "COMPLETE"},
    )
    broken = [_violation(item, view, table) for item in result.results if not item.success]
    return SuiteResult(
        suite=suite,
        table=table,
        rows=len(view),
        checks=len(result.results),
        violations=tuple(item for item in broken if item.check not in tolerated),
        notes=tuple(item for item in broken if item.check in tolerated),
        html=_render(result),
    )


def _violation(result: Any, view: pd.DataFrame, table: str) -> Violation:
    config = result.expectation_config
    if reason := _exception(result.exception_info or {}):
        raise DataError(f"{table}: {config.type} could not be evaluated: {reason}")
    meta, details = config.meta, result.result
    rows = details.get("unexpected_index_list") or []
    message = meta["title"]
    if "unexpected_percent" in details:
        message += _share(details, config.kwargs)
        values = list(dict.fromkeys(map(_short, details.get("partial_unexpected_list", []))))
        if values and meta.get("show_values"):
            message += f"; found {', '.join(values[:5])}"
    elif "observed_value" in details:
        message += f"; found {_short(details['observed_value'])}{_bounds(config.kwargs)}"
    if named_by := meta.get("named_by"):
        message += f": {view[named_by].iloc[0]}"
    return Violation(
        check=meta["check"],
        table=table,
        message=message,
        count=int(details.get("unexpected_count", 0)),
        rows=tuple(int(row) for row in rows[:SHOWN_ROWS]),
    )


def _exception(info: dict[str, Any]) -> str | None:
    """What GX could not do: told at the top level, or one level below for each metric."""
    entries = [info, *(item for item in info.values() if isinstance(item, dict))]
    messages = (item["exception_message"] for item in entries if item.get("raised_exception"))
    return next((" ".join(str(message).split()) for message in messages), None)


def _share(details: dict[str, Any], kwargs: dict[str, Any]) -> str:
    allowed = 1 - kwargs.get("mostly", 1)
    limit = f", allowed {allowed:.2%}" if allowed else ""
    return f" ({details['unexpected_percent']:.2f}% of the rows{limit})"


def _bounds(kwargs: dict[str, Any]) -> str:
    names = {"min_value": "at least", "max_value": "at most", "type_": "wanted"}
    given = {word: kwargs[key] for key, word in names.items() if kwargs.get(key) is not None}
    # Great Expectations makes a float of a whole bound.
    values = (f"{v:g}" if isinstance(v, float) else v for v in given.values())
    wanted = [f"{word} {value}" for word, value in zip(given, values, strict=True)]
    return f", {' and '.join(wanted)}" if wanted else ""


def _short(value: object) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _render(result: Any) -> str:
    """Great Expectations' page; its renderer can't print the numpy numbers that it observed."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    for item in result.results:
        if isinstance(found := item.result.get("observed_value"), np.generic):
            item.result["observed_value"] = found.item()
    page: str = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(result))
    return page
