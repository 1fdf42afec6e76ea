"""Requests and answers of the HTTP API. The page at / builds its form from the request."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, FailFast, Field

from core.features import Feature
from core.models.scorer.spec import Interval

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


# The columns are those of the model; service/row_schema.py puts their schema in place of Any.
Row = dict[str, Any]
Explain = Annotated[
    bool,
    Field(
        title="Explain",
        description="Say which columns pushed the answer.",
        json_schema_extra=OPTION,
    ),
]


class QuantityRequest(_Request):
    """One row of a table."""

    row: Row
    explain: Explain = False


class RowRequest(_Request):
    """One row of a table."""

    row: Row
    top_k: TopK = 3
    explain: Explain = False


class QuantitiesRequest(_Request):
    """Several rows of a table."""

    rows: Annotated[list[Row], Field(min_length=1), FailFast()]


class RowsRequest(_Request):
    """Several rows of a table."""

    rows: Annotated[list[Row], Field(min_length=1), FailFast()]
    top_k: TopK = 3


class FeedbackRequest(_Request):
    """The truth about an earlier answer: ``label`` of a class, ``value`` of a quantity."""

    request_id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
            description="Of the answer; of an item, for a batch.",
        ),
    ]
    label: Annotated[
        str | None, Field(min_length=1, max_length=1000, description="The true class.")
    ] = None
    value: Annotated[float | None, Field(allow_inf_nan=False, description="The true quantity.")] = (
        None
    )
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
    """What a term of the text, or a column of the row, adds to the linear score."""

    term: str
    contribution: float


class MemberExplanation(BaseModel):
    """One linear classifier: ``score`` is ``intercept`` plus all contributions."""

    weight: float
    score: float
    intercept: float
    contributions: list[Contribution]


class Explanation(BaseModel):
    """Why the class, or the quantity, got its score; one member, unless it is a soft vote."""

    label: str = Field(description="The class, or the name of the quantity.")
    members: list[MemberExplanation]


class BatchItem(ClassScore):
    """The answer to one text of a batch."""

    top_predictions: list[ClassScore]
    probabilities: dict[str, float] = Field(description="Of every class.")
    request_id: str


class _Answer(BaseModel):
    explanation: Explanation | None = Field(
        None, description="Null unless asked for, and for models that can't tell."
    )
    model: str
    model_version: str
    latency_ms: float


class Prediction(_Answer, BatchItem):
    """The answer to one text."""


class _OfRow(BaseModel):
    warnings: list[str] = Field(
        description="What is unlike training: unknown levels, numbers outside its range, gaps."
    )


class RowItem(BatchItem, _OfRow):
    """The class of one row of a batch."""


class RowPrediction(_Answer, RowItem):
    """The class of one row."""


class PredictedInterval(BaseModel):
    """Where the quantity lies for this share of the rows (split conformal prediction)."""

    low: float
    high: float
    coverage: float


class QuantityItem(_OfRow):
    """The quantity of one row of a batch."""

    value: float
    interval: PredictedInterval | None
    request_id: str


class QuantityPrediction(_Answer, QuantityItem):
    """The quantity of one row."""


class _Batch(BaseModel):
    count: int
    model: str
    model_version: str
    request_id: str
    latency_ms: float


class BatchPrediction(_Batch):
    """Answers in the order of the texts."""

    predictions: list[BatchItem]


class RowsPrediction(_Batch):
    """Answers in the order of the rows."""

    predictions: list[RowItem]


class QuantitiesPrediction(_Batch):
    """Answers in the order of the rows."""

    predictions: list[QuantityItem]


class FeedbackAnswer(BaseModel):
    """``matched``: the service still knows that answer; ``correct``: and it was right."""

    request_id: str
    matched: bool
    correct: bool | None = Field(description="Null for a quantity.")
    error: float | None = Field(description="Answered quantity less the true one.")


class ModelInfo(BaseModel):
    """What is being served, and where it comes from."""

    name: str
    version: str
    stage: str = Field(description="Stage when it was packed.")
    model_tag: str
    labels: list[str] = Field(description="Classes; empty where a quantity is predicted.")
    target: str = Field(description="Name of what is predicted.")
    features: list[Feature] = Field(description="Columns of a row; empty where it takes texts.")
    interval: Interval | None = Field(description="How far off a quantity is.")
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
