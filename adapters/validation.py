"""Checks by the stack's validator: all violations are collected, then the step fails once."""

from collections.abc import Sequence

from zenml import log_metadata, save_artifact
from zenml.types import HTMLString

from adapters.components import data_validator
from core.config.data import ValidationConfig
from core.data.dataset import Dataset
from core.errors import DataError
from core.tasks.base import Stage, Task
from expectations.page import render_page
from expectations.result import SuiteResult, Violation

SHOWN = 8


def check(
    task: Task, dataset: Dataset, config: ValidationConfig, stage: Stage, table: str
) -> SuiteResult:
    """Ask the stack's data validator to check one dataset against the config's suite."""
    tolerated = frozenset() if config.duplicates == "fail" else frozenset({"duplicates"})
    return data_validator().data_validation(
        task.validation_view(dataset),
        check_list=[config.suite],
        stage=stage,
        table=table,
        parameters=task.validation_parameters(dataset, config, stage),
        tolerated=tolerated,
    )


def conclude(
    results: Sequence[SuiteResult], further: Sequence[Violation] = (), *, report_name: str
) -> HTMLString:
    """The page of all results, or one error that names every violation.

    Raises:
        DataError: if there is any violation; the page is saved as an artifact before.
    """
    page = HTMLString(render_page(results, further))
    violations = [item for result in results for item in result.violations] + list(further)
    for note in (note for result in results for note in result.notes):
        print(f"note: {note}")
    log_metadata(
        {
            "checks": sum(result.checks for result in results),
            "violations": [str(item) for item in violations],
            "notes": [str(note) for result in results for note in result.notes],
        }
    )
    if violations:
        save_artifact(page, name=report_name)
        shown = "; ".join(str(item) for item in violations[:SHOWN])
        more = f"; and {len(violations) - SHOWN} more" if len(violations) > SHOWN else ""
        raise DataError(
            f"{len(violations)} data checks failed: {shown}{more}. Mend the rows, or change the "
            "bounds under 'validation' in the config"
        )
    return page
