"""A whole job config, and the sections that steer selection, gate and monitoring."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from core.config.base import Name, Ratio, Section
from core.config.candidates import Candidate
from core.config.data import DataConfig, PreprocessingConfig, ValidationConfig
from core.serving import ServingSettings

Metric = Literal[
    "accuracy", "f1_macro", "precision_macro", "recall_macro", "auc", "log_loss", "ece"
]
SplitName = Literal["validation", "test"]


class SelectionConfig(Section):
    """Which candidate goes to the gate."""

    metric: Metric = "accuracy"
    split: Literal["validation"] = "validation"


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


class PromotionConfig(Section):
    """The gate."""

    rules: tuple[Rule, ...] = ()
    compare: CompareConfig = CompareConfig()
    approval: Literal["auto"] = "auto"
    target: Literal["production", "challenger"] = Field(
        "production",
        description="challenger: stand beside the production model, which stays; serving.traffic "
        "says what it gets.",
    )
    parity_rows: Annotated[int, Field(ge=1000)] = Field(
        2000, description="Texts on which the served scorer must equal the estimator."
    )


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


class ZenMLConfig(Section):
    """Passed to ZenML as it is."""

    enable_cache: bool = True
    settings: dict[str, Any] = Field(default_factory=dict)


class JobConfig(Section):
    """One job, from data to a served model."""

    name: Name = Field(description="The model's name in every registry.")
    task: Literal["text_classification"] = "text_classification"
    data: DataConfig
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    validation: ValidationConfig = ValidationConfig()
    preprocessing: PreprocessingConfig = PreprocessingConfig()
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=1)]
    selection: SelectionConfig = SelectionConfig()
    promotion: PromotionConfig = PromotionConfig()
    monitoring: MonitoringConfig = MonitoringConfig()
    serving: ServingSettings = ServingSettings()
    zenml: ZenMLConfig = ZenMLConfig()

    @model_validator(mode="after")
    def _candidates_are_distinct(self) -> Self:
        names = [candidate.name for candidate in self.candidates]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"candidates: names must be distinct; repeated: {', '.join(repeated)}")
        return self
