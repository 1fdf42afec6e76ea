"""The ``serving`` section of a config: how a release answers. It travels in the Bento."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

Percent = Annotated[float, Field(ge=0, le=100)]
Ratio = Annotated[float, Field(ge=0, le=1)]
Seconds = PositiveFloat
Origin = Annotated[str, Field(pattern=r"^(\*|https?://[a-z0-9.:\[\]-]+)$")]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Traffic(_Settings):
    """Who answers when a challenger stands beside the champion."""

    mode: Literal["champion", "shadow", "split"] = Field(
        "champion",
        description="champion: it answers alone. shadow: the challenger is asked too, and only "
        "recorded. split: the challenger answers `percent` of the requests.",
    )
    percent: Percent = Field(
        10.0, description="split: share of the requests, by a hash of the request id."
    )


class LogSettings(_Settings):
    """The prediction log."""

    record: Literal["nothing", "hashed", "full"] = Field(
        "hashed", description="hashed: a keyed hash in place of the text. full: the text too."
    )
    sample: Ratio = Field(1.0, description="Share of the requests, by a hash of the request id.")
    max_megabytes: PositiveInt = Field(256, description="Oldest files go first above this.")
    flush_seconds: Seconds = Field(1.0, description="What a kill -9 can lose at most.")


class RateLimit(_Settings):
    """Requests per key, or per address where there are no keys, over all workers."""

    per_second: Annotated[float, Field(ge=0.001)]
    burst: PositiveInt = Field(20, description="Requests that may come at once.")


class ServingSettings(_Settings):
    """What one request may ask, and how the service answers.

    ``GATEHOUSE_SERVING``, a YAML mapping in the environment of the server, overrides single keys.
    """

    workers: PositiveInt = 1
    max_batch: PositiveInt = Field(1000, description="Most texts of a batch.")
    max_characters: PositiveInt = Field(100_000, description="Longest text.")
    max_body_megabytes: PositiveInt = Field(8, description="Largest body, chunked or not.")
    timeout_seconds: Seconds = Field(10.0, description="For reading a body, and for answering.")
    max_concurrency: PositiveInt = Field(
        256, description="Predictions in progress per worker; beyond it: 429."
    )
    rate_limit: RateLimit | None = None
    cors_origins: tuple[Origin, ...] = Field(
        (), description="Origins a browser may call from, such as https://app.example.org."
    )
    cache_entries: NonNegativeInt = Field(
        1024, description="Answers kept per model and worker for texts that come again; 0: none."
    )
    reload_seconds: Seconds | None = Field(
        2.0, description="How often to look for a newly promoted version; null: only when asked."
    )
    start: Literal["pinned", "released"] = Field(
        "pinned",
        description="pinned: begin with the Bento's own model and follow what is released later. "
        "released: begin with what is released, for servers that are started again and again.",
    )
    traffic: Traffic = Traffic()
    log: LogSettings = LogSettings()
