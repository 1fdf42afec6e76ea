"""A whole job config, and the sections that steer selection, gate and monitoring."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from core.config.base import Name, Section
from core.config.candidates import Candidate
from core.config.card import CardConfig
from core.config.data import (
    RESERVED_SLICES,
    DataConfig,
    PreprocessingConfig,
    ValidationConfig,
)
from core.config.evaluation import EvaluationConfig
from core.config.monitoring import MonitoringConfig
from core.config.promotion import PromotionConfig
from core.config.rules import CLASS, EVERY, LENGTH, Metric
from core.config.tasks import ALL_METRICS, TASKS, TaskKind, TaskName
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
    """One job, from data to a served model.

    In a config file ``selection.metric``, ``promotion.compare.metric`` and ``validation.suite``
    default to the task's own, see ``core.config.tasks.with_task_defaults``.
    """

    name: Name = Field(description="The model's name in every registry.")
    task: TaskName = "text_classification"
    data: DataConfig
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 42
    validation: ValidationConfig = ValidationConfig()
    preprocessing: PreprocessingConfig = PreprocessingConfig()
    candidates: Annotated[tuple[Candidate, ...], Field(min_length=1)]
    selection: SelectionConfig = SelectionConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    promotion: PromotionConfig = PromotionConfig()
    monitoring: MonitoringConfig = MonitoringConfig()
    serving: ServingSettings = ServingSettings()
    card: CardConfig = CardConfig()
    zenml: ZenMLConfig = ZenMLConfig()

    @property
    def kind(self) -> TaskKind:
        """What jobs of its task type take."""
        return TASKS[self.task]

    @field_validator("name")
    @classmethod
    def _is_no_id(cls, name: str) -> str:
        if re.fullmatch("[0-9a-f]+", name):
            raise ValueError(
                f"{name!r} reads like the beginning of an id, and ZenML takes it for one; use a "
                f"letter beyond f, such as m_{name}"
            )
        return name

    @model_validator(mode="after")
    def _says_what_its_task_takes(self) -> Self:
        checks = (_wrong_columns, _wrong_models, _wrong_params, _wrong_metrics)
        if problems := [problem for check in checks for problem in check(self)]:
            raise ValueError("; ".join(problems))
        return self

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


def _wrong_columns(job: JobConfig) -> Iterator[str]:
    data = job.data
    if job.kind.takes == "text":
        for key, value in (("columns", data.columns), ("drop", data.drop)):
            if value:
                yield f"data.{key}: is of tables, and task is {job.task}; leave it out or set task"
        if data.text in (data.label, *data.slices):
            yield f"data.text: label and slices must be other columns than {data.text!r}"
    elif data.text != DataConfig.model_fields["text"].default:
        yield (
            f"data.text: is of text tasks, and task is {job.task}; name text columns in "
            "data.columns, as COLUMN: text"
        )
    if not job.kind.predicts_classes and job.data.labels:
        yield f"data.labels: {job.task} predicts a number; leave it out"


def _wrong_models(job: JobConfig) -> Iterator[str]:
    for number, candidate in enumerate(job.candidates):
        for model in dict.fromkeys(candidate.model_names):
            if model not in job.kind.models:
                known = ", ".join(sorted(job.kind.models))
                yield f"candidates.{number}: no {model} for {job.task}; known: {known}"


def _wrong_params(job: JobConfig) -> Iterator[str]:
    if job.kind.predicts_classes:
        return
    for number, candidate in enumerate(job.candidates):
        for key, model in candidate.parts.items():
            if getattr(getattr(model, "params", None), "class_weight", None):
                yield (
                    f"candidates.{number}.{key}params.class_weight: {job.task} has no classes; "
                    "leave it out"
                )


def _wrong_metrics(job: JobConfig) -> Iterator[str]:
    named: list[tuple[str, str]] = [
        ("selection.metric", job.selection.metric),
        ("promotion.compare.metric", job.promotion.compare.metric),
    ]
    named += [
        (f"promotion.rules.{number}.metric", rule.metric)
        for number, rule in enumerate(job.promotion.rules)
        if rule.metric in ALL_METRICS
    ]
    for key, metric in named:
        if metric not in job.kind.metrics:
            yield f"{key}: no {metric} of {job.task}; known: {', '.join(job.kind.metrics)}"
    for number, rule in enumerate(job.promotion.rules):
        if rule.kind == CLASS and not job.kind.predicts_classes:
            yield f"promotion.rules.{number}.slice: {job.task} has no classes"
        if rule.kind == LENGTH and job.kind.takes != "text":
            yield f"promotion.rules.{number}.slice: length is of texts; name a column"
    if job.monitoring.rollback.min_accuracy is not None and not job.kind.predicts_classes:
        yield f"monitoring.rollback.min_accuracy: {job.task} has no accuracy; leave it out"
