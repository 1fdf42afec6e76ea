"""Requests and answers of the HTTP API. The page at / builds its form from the request."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field

# Of the control characters (C0, DEL, C1) those that are white space may come; the rest is refused.
TEXT_PATTERN = r"^[^\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]+$"
OPTION: dict[str, Any] = {"x-gatehouse-role": "option"}

Text = Annotated[
    str,
    Field(
        min_length=1,
        pattern=TEXT_PATTERN,
        title="Text",
        description="Raw text, cleaned as in training. No control characters but white space.",
    ),
]
TopK = Annotated[
    int,
    Field(
        ge=1,
        title="Classes to name",
        description="How many of the most probable classes to name; above their number: all.",
        json_schema_extra=OPTION,
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PredictRequest(_Request):
    """One text."""

    text: Text
    top_k: TopK = 3
    explain: bool = Field(
        False,
        title="Explain",
        description="Say which terms pushed the decision.",
        json_schema_extra=OPTION,
    )


class BatchRequest(_Request):
    """Several texts."""

    # FailFast: a body may hold millions of values, and each wrong one would make an error.
    texts: Annotated[list[Text], Field(min_length=1), FailFast()]
    top_k: TopK = 3


class FeedbackRequest(_Request):
    """The truth about an earlier answer."""

    request_id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
            description="Of the answer; of an item, for a batch.",
        ),
    ]
    label: Annotated[str, Field(min_length=1, max_length=1000, description="The true class.")]
    model: Annotated[
        str | None,
        Field(max_length=100, description="Whose label it is; null = the model that answered."),
    ] = None


class ClassScore(BaseModel):
    """A class and its probability."""

    label: str
    label_id: int
    confidence: float


class Contribution(BaseModel):
    """What a term of the text adds to the linear score of the class."""

    term: str
    contribution: float


class MemberExplanation(BaseModel):
    """One linear classifier: ``score`` is ``intercept`` plus all contributions."""

    weight: float
    score: float
    intercept: float
    contributions: list[Contribution]


class Explanation(BaseModel):
    """Why the class got its score; one member, unless the model is a soft vote."""

    label: str
    members: list[MemberExplanation]


class BatchItem(ClassScore):
    """The answer to one text of a batch."""

    top_predictions: list[ClassScore]
    probabilities: dict[str, float] = Field(description="Of every class.")
    request_id: str


class Prediction(BatchItem):
    """The answer to one text."""

    explanation: Explanation | None = Field(
        None, description="Null unless asked for, and for models that can't tell."
    )
    model: str
    model_version: str
    latency_ms: float


class BatchPrediction(BaseModel):
    """Answers in the order of the texts."""

    predictions: list[BatchItem]
    count: int
    model: str
    model_version: str
    request_id: str
    latency_ms: float


class FeedbackAnswer(BaseModel):
    """``matched``: the service still knows that answer; ``correct``: and it was right."""

    request_id: str
    matched: bool
    correct: bool | None


class ModelInfo(BaseModel):
    """What is being served, and where it comes from."""

    name: str
    version: str
    stage: str = Field(description="Stage when it was packed.")
    model_tag: str
    labels: list[str]
    metrics: dict[str, dict[str, float]]
    trained_at: str = Field(description="UTC, ISO 8601.")
    dataset_fingerprint: str
    config_hash: str
    git_commit: str | None
    scorer_sha256: str
    card_sha256: str | None = Field(
        description="Of the model card at `/model/card`; null: there is none."
    )
    lineage: dict[str, str]
    released: str | None = Field(
        description="Version that is released now, where this server serves another one."
    )
    challenger: str | None = Field(description="Version of the challenger beside it.")
    refused: str | None = Field(description="Why a newer release was refused, if one was.")


class ModelList(BaseModel):
    """All models of the service."""

    models: list[ModelInfo]
    default: str


class ServedVersion(BaseModel):
    """A version, and the SHA-256 of the scorer that answers for it."""

    version: str
    scorer_sha256: str


class Health(BaseModel):
    """The answer of a healthy service."""

    status: str
    model_version: str
    versions: dict[str, str]
    refused: dict[str, str]
    workers: list[dict[str, ServedVersion]] = Field(
        description="Of every living worker: what it serves of each model; empty while it starts. "
        "At most a quarter of a second old."
    )


class Alive(BaseModel):
    """The answer of a living process."""

    status: str


class ErrorDetail(BaseModel):
    """What went wrong; ``field`` is the path of the offending part of the body."""

    code: str
    message: str
    field: str | None
    request_id: str


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: ErrorDetail
