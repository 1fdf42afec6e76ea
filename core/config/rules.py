"""What a candidate has to keep, alone and beside the model in production."""

from typing import Annotated, Literal

from pydantic import Field

from core.config.base import Ratio, Section

Metric = Literal[
    "accuracy", "f1_macro", "precision_macro", "recall_macro", "auc", "log_loss", "ece"
]
SplitName = Literal["validation", "test"]


class Rule(Section):
    """A bound that a metric must keep."""

    metric: Metric
    split: SplitName = "test"
    op: Literal[">=", ">", "<=", "<"] = ">="
    value: float


class CompareConfig(Section):
    """The comparison with the model in production, on the same rows."""

    metric: Literal["accuracy"] = "accuracy"
    split: Literal["test"] = "test"
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    margin: Ratio = Field(0.02, description="Non-inferiority margin of 'not_worse'.")
    allow: Literal["better", "not_worse", "any"] = "not_worse"
    incomparable: Literal["block", "allow"] = Field(
        "block", description="When the production model has other labels."
    )
