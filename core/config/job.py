"""A whole job config, and the sections that steer selection, gate and monitoring."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from core.config.base import Name, Section
from core.config.candidates import Candidate
from core.config.card import CardConfig
from core.config.data import (
    RESERVED_SLICES,
    DataConfig,
    PreprocessingConfig,
    ValidationConfig,
)
from core.config.monitoring import MonitoringConfig
from core.config.promotion import PromotionConfig
from core.config.rules import CLASS, EVERY, Metric
from core.serving import ServingSettings


class SelectionConfig(Section):
    """Which candidate goes to the gate."""

    metric: Metric = "accuracy"
    split: Literal["validation"] = "validation"


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
    card: CardConfig = CardConfig()
    zenml: ZenMLConfig = ZenMLConfig()

    @model_validator(mode="after")
    def _rules_name_slices_that_can_be(self) -> Self:
        labels = self.data.labels
        for number, rule in enumerate(self.promotion.rules):
            key = f"promotion.rules.{number}.slice: no"
            if rule.slice and rule.kind not in (*RESERVED_SLICES, *self.data.slices):
                known = ", ".join((*RESERVED_SLICES, *self.data.slices))
                raise ValueError(f"{key} {rule.kind!r}; known: {known}; add it to data.slices")
            if labels and rule.kind == CLASS and rule.wanted not in (EVERY, *labels):
                raise ValueError(f"{key} class {rule.wanted!r}; known: {', '.join(labels)}")
        return self

    @model_validator(mode="after")
    def _candidates_are_distinct(self) -> Self:
        names = [candidate.name for candidate in self.candidates]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"candidates: names must be distinct; repeated: {', '.join(repeated)}")
        return self
