"""The records that travel from who releases to who serves: in a Bento, and beside it later."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.serving import ServingSettings

RELEASE_FILE = "release.json"
SCORER_FOLDER = "scorer"
GOLDEN_FILE = "golden.json"
CHANNELS_FOLDER = "channels"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ReleaseFacts(_Record):
    """What the run knows about a release before it is packed."""

    metrics: dict[str, dict[str, float]] = Field(description="Metrics by split.")
    lineage: dict[str, str] = Field(description="Run, config hash, data fingerprint, commit, ...")
    stage: Literal["production", "challenger"] = "production"
    released_at: str = Field(description="UTC, ISO 8601.")


class Release(ReleaseFacts):
    """One servable model: exact bytes, and where they come from."""

    name: str
    version: str = Field(description="The model's version in the registries.")
    model_tag: Annotated[str, Field(pattern=r"^[^:/]+:[^:/]+$")]
    scorer_sha256: Sha256
    golden_sha256: Sha256 = Field(description="Of the golden answers beside the scorer.")
    card_sha256: Sha256 | None = Field(
        None, description="Of the model card beside the scorer; null: it was packed without one."
    )


class Bundle(_Record):
    """The content of ``release.json``: the models of a Bento, the first one by default."""

    releases: tuple[Release, ...] = Field(min_length=1)
    serving: ServingSettings = ServingSettings()

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        names = [release.name for release in self.releases]
        if len(set(names)) < len(names):
            raise ValueError(f"a model is there twice: {', '.join(names)}")
        return self


class Channel(_Record):
    """What is released of one model now: ``channels/NAME.json`` in BentoML's home.

    A running service follows it. ``sequence`` grows with every change of the champion, so that a
    service can tell a change back to an earlier version from no change.
    """

    sequence: Annotated[int, Field(ge=1)]
    champion: Release | None
    challenger: Release | None = None
