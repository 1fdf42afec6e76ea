"""The ``monitoring`` section of a config."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from core.config.base import Ratio, Section


class RollbackPolicy(Section):
    """When production goes back to the version before by itself; off by default.

    It is looked at when a batch is monitored: `run.py monitor`.
    """

    severity: Literal["medium", "high"] | None = Field(
        None, description="Roll back when a monitored batch is at or above it."
    )
    min_accuracy: Ratio | None = Field(
        None,
        description="Roll back when accuracy by feedback is below it beyond chance: with its whole "
        "95% interval.",
    )
    min_feedback: PositiveInt = Field(
        200, description="Answers with feedback that the accuracy needs."
    )

    @property
    def is_on(self) -> bool:
        """Whether any limit is set."""
        return self.severity is not None or self.min_accuracy is not None


class MonitoringConfig(Section):
    """Drift against the release's reference sample."""

    reference_rows: PositiveInt = Field(
        2000, description="Raw training rows kept with a release.", ge=100
    )
    psi_threshold: Annotated[float, Field(gt=0)] = Field(
        0.2, description="PSI of severity 'medium'."
    )
    false_alarm_rate: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.001, description="Chance that an unchanged batch counts as drifted, whatever its size."
    )
    rollback: RollbackPolicy = RollbackPolicy()
