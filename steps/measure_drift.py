"""Drift of a batch against the release's reference."""

from typing import Annotated

import pandas as pd
from zenml import log_metadata, step
from zenml.types import HTMLString

from adapters.caching import cache_policy
from adapters.components import data_validator
from core.config.monitoring import MonitoringConfig
from core.data.dataset import Dataset
from core.drift.report import DriftReport, measure_drift as measure
from core.tasks import get_task

# Evidently needs seconds, and a part of a megabyte, for a handful of columns.
MOST_ON_PAGE = 50


@step(cache_policy=cache_policy(__file__))
def measure_drift(
    reference: Dataset,
    batch: pd.DataFrame,
    task: str,
    config: MonitoringConfig,
) -> tuple[Annotated[DriftReport, "drift"], Annotated[HTMLString, "drift_report"]]:
    """Our PSI table with severities, and Evidently's page of the columns that moved most."""
    chosen = get_task(task)
    before = chosen.drift_view(reference.frame, reference)
    after = chosen.drift_view(batch, reference)
    report = measure(
        before,
        after,
        threshold=config.psi_threshold,
        false_alarm_rate=config.false_alarm_rate,
    )
    moved = sorted(report.columns, key=lambda column: -column.psi)[:MOST_ON_PAGE]
    names = [column.column for column in moved]
    page = data_validator().data_profiling(
        before[names], after[names], psi_threshold=config.psi_threshold
    )
    log_metadata({"severity": report.severity, **{c.column: c.psi for c in report.columns}})
    return report, HTMLString(page)
