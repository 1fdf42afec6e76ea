"""The ``evaluation`` section of a config."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from core.config.base import Section


class CostConfig(Section):
    """What errors of a binary classifier cost, in any one unit; 0 for right answers."""

    positive: str | None = Field(
        None, description="Label that the classifier is to find; null = the second one."
    )
    false_positive: NonNegativeFloat = 1.0
    false_negative: NonNegativeFloat = 1.0


class EvaluationConfig(Section):
    """What is looked at besides the metrics."""

    costs: CostConfig = CostConfig()
    coverage: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        0.9, description="Share of true values that a prediction interval is to hold."
    )
    explain: Literal["permutation", "shap", "none"] = Field(
        "permutation",
        description="How columns or words are weighed, besides a linear model's own exact "
        "contributions; shap needs `make setup EXTRAS=explain`.",
    )
    explain_rows: PositiveInt = Field(500, description="Test rows that explanations look at.")
