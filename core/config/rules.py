"""What a candidate has to keep, alone and beside the model in production."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, PositiveInt, model_validator

from core.config.base import Ratio, Section

Metric = Literal[
    "accuracy", "f1_macro", "precision_macro", "recall_macro", "auc", "log_loss", "ece",
    "r2", "rmse", "mae", "mape",
]  # fmt: skip
ClassMetric = Literal["precision", "recall", "f1"]
# Of the model itself, whatever the rows. The first two are wall times, so they vary.
Measure = Literal[
    "fit_seconds", "predict_ms", "model_bytes", "parity_mismatches", "parity_difference"
]
SMALLER_IS_BETTER = ("log_loss", "ece", "rmse", "mae", "mape", *get_args(Measure))
SplitName = Literal["validation", "test"]
EVERY = "*"
CLASS, LENGTH = "class", "length"  # the kinds of slices that every data set has
# Of fewer, one row is more than 3 points of accuracy: beyond any usual bound or margin by itself.
FEW_ROWS = 30


class Rule(Section):
    """A bound that a metric must keep.

    Measures: ``fit_seconds`` (wall time of the fit), ``predict_ms`` (wall time of one text in the
    served scorer, median), ``model_bytes`` (the fitted estimator's file), ``parity_mismatches``
    and ``parity_difference`` (served scorer against estimator).
    """

    metric: Metric | ClassMetric | Measure
    split: SplitName = "test"
    slice: str | None = Field(
        None,
        description="Part of the test rows, KIND=VALUE: class=LABEL, length=* (quarters by text "
        "length), COLUMN=VALUE of data.slices; the value * is a rule on each.",
        pattern=r"^[^=]+=.+$",
    )
    against: Literal["champion"] | None = Field(
        None,
        description="champion: the bound is on candidate minus champion on the same rows; fails "
        "when the whole interval lies beyond it.",
    )
    op: Literal[">=", ">", "<=", "<"] = Field(
        ">=", description="Where it is left out and smaller is better, as for mae: <=."
    )
    value: float
    min_rows: PositiveInt = Field(
        FEW_ROWS,
        description="Fewest rows of a slice: below, a slice named by its value fails for want of "
        "evidence, one of * is left out.",
    )

    @property
    def kind(self) -> str:
        """Which property of the rows the slice is by; empty without a slice."""
        return (self.slice or "").partition("=")[0]

    @property
    def wanted(self) -> str:
        """Which value of it, or ``*``."""
        return (self.slice or "").partition("=")[2]

    @model_validator(mode="before")
    @classmethod
    def _takes_the_better_side(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("metric") in SMALLER_IS_BETTER:
            return {"op": "<="} | values
        return values

    @model_validator(mode="after")
    def _can_be_observed(self) -> Self:
        if self.metric in get_args(Measure):
            if self.slice or self.against or self.split != "test":
                raise ValueError(
                    f"{self.metric} is of the whole model: leave out split, slice and against"
                )
        elif (self.metric in get_args(ClassMetric)) != (self.kind == CLASS):
            raise ValueError(self._mismatch())
        if self.split != "test" and (self.slice or self.against):
            raise ValueError(f"slice and against are of the test split, not of {self.split}")
        if self.kind == LENGTH and self.wanted != EVERY:
            raise ValueError(f"slice: quarters follow the data's own lengths; give {LENGTH}=*")
        return self

    def _mismatch(self) -> str:
        if self.kind == CLASS:
            known = ", ".join(get_args(ClassMetric))
            return f"slice: no {self.metric} of one class; known: {known}"
        return f"metric: {self.metric} is of one class; add slice: class=* or take another metric"


class CompareConfig(Section):
    """The comparison with the model in production, on the same rows."""

    metric: Metric = "accuracy"
    split: Literal["test"] = "test"
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    margin: Ratio = Field(
        0.02,
        description="Non-inferiority margin of 'not_worse'; of rmse and mae, which have a unit, as "
        "a share of production's value.",
    )
    allow: Literal["better", "not_worse", "any"] = "not_worse"
    incomparable: Literal["block", "allow"] = Field(
        "block",
        description="When the production model has other labels, columns or target, is lost, "
        "can't be loaded, fails on the test rows or was trained on nearly all of them.",
    )
