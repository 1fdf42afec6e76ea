"""Requests and answers of the HTTP API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.release import Limits

TopK = Annotated[
    int, Field(ge=1, description="How many classes to name; above the number of classes: all.")
]
Text = Annotated[str, Field(min_length=1)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PredictRequest(_Request):
    """One text."""

    text: Text
    top_k: TopK = 3


class BatchRequest(_Request):
    """Several texts."""

    texts: Annotated[list[Text], Field(min_length=1)]
    top_k: TopK = 3


class ClassScore(BaseModel):
    """A class and its probability."""

    model_config = ConfigDict(allow_inf_nan=False)

    label: str
    label_id: int
    confidence: float


class Prediction(ClassScore):
    """The most probable class, and those after it."""

    top_predictions: list[ClassScore]
    model_version: str


class BatchResponse(BaseModel):
    """Predictions in the order of the texts."""

    predictions: list[Prediction]
    count: int


class ModelInfo(BaseModel):
    """What is being served, and where it comes from."""

    name: str
    version: str
    model_tag: str
    scorer_sha256: str
    labels: list[str]
    metrics: dict[str, dict[str, float]]
    lineage: dict[str, str]
    limits: Limits


class Health(BaseModel):
    """The answer of a healthy service."""

    status: str
    model_version: str


class ErrorDetail(BaseModel):
    """What went wrong; ``field`` is the path of the offending part of the body."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail
