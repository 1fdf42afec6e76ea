"""The record of a release that travels in its Bento, shared by who packs it and who serves it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

RELEASE_FILE = "release.json"
SCORER_FOLDER = "scorer"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Limits(_Record):
    """What one request may ask, and how many workers answer."""

    max_batch: PositiveInt = Field(default=1000, description="Most texts per batch request.")
    max_characters: PositiveInt = Field(default=100_000, description="Longest text of a request.")
    workers: PositiveInt = 1


class ReleaseFacts(_Record):
    """What the run knows about a release before it is packed."""

    metrics: dict[str, dict[str, float]] = Field(description="Metrics by split.")
    lineage: dict[str, str] = Field(description="Run, config hash, data fingerprint, ...")
    limits: Limits = Limits()


class Release(ReleaseFacts):
    """The content of ``release.json``: the one model that a Bento serves."""

    name: str
    version: str = Field(description="The model's version in the registries.")
    model_tag: Annotated[str, Field(pattern=r"^[^:]+:[^:]+$")]
    scorer_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
