"""Released versions, read back from ZenML's Model Control Plane."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from zenml.client import Client
from zenml.models import ModelVersionResponse

from core.config.job import JobConfig
from core.config.loading import parse_config
from core.errors import GatehouseError
from core.release import Release

# Keys of a model version's metadata.
RELEASE = "release"
CONFIG = "config"
BENTO = "bento"
MLFLOW_VERSION = "mlflow_version"


class ReleasedVersion(BaseModel):
    """A version that was packed, whether or not it ever served.

    Attributes:
        found: ZenML's record, with its artifacts and stage.
        release: What services are told of it.
        mlflow_version: Its version in MLflow's registry.
        bento: Exact tag of its Bento.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    found: ModelVersionResponse
    release: Release
    mlflow_version: str
    bento: str

    @property
    def number(self) -> str:
        """The version's number, which every registry and the ledger name it by."""
        return str(self.found.number)

    @property
    def facts(self) -> dict[str, Any]:
        """All metadata: lineage, metrics, labels."""
        return dict(self.found.run_metadata)

    def config(self) -> JobConfig:
        """The config that made it.

        Raises:
            ConfigError: this version of the code no longer takes it.
        """
        return parse_config(json.loads(str(self.facts[CONFIG])), origin=f"version {self.number}")


def released_version(name: str, number: str) -> ReleasedVersion | None:
    """A version by its number; None when there is none, or it was never wholly packed.

    Raises:
        GatehouseError: its record can't be read by this version of the code.
    """
    try:
        found = Client().get_model_version(name, int(number))
    except (KeyError, ValueError):
        return None
    metadata = found.run_metadata
    if RELEASE not in metadata:
        return None
    try:
        release = Release.model_validate_json(str(metadata[RELEASE]))
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise GatehouseError(f"{name} version {number}: its release record: {reason}") from error
    return ReleasedVersion(
        found=found,
        release=release,
        mlflow_version=str(metadata[MLFLOW_VERSION]),
        bento=str(metadata[BENTO]),
    )
