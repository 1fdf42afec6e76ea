"""Released versions, read back from ZenML's Model Control Plane."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from zenml.client import Client
from zenml.models import ModelVersionResponse

from adapters.digests import tracked_digest
from adapters.registry import TRANSACTION
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.errors import GatehouseError, ReleaseError
from core.governance.rollback import GOLDEN_SHA256, SCORER_SHA256
from core.release import Release

# Keys of a model version's metadata.
RELEASE = "release"
CONFIG = "config"
BENTO = "bento"
MLFLOW_VERSION = "mlflow_version"
LABELS = "labels"
COLUMNS = "columns"
TARGET = "target"
METRICS = "metrics"

# Keys of the details of the entry that released a version, besides those of core.
CARD_SHA256 = "card_sha256"
TRACKED_SHA256 = "mlflow_model_sha256"  # of MLflow's own file, which has other bytes than ZenML's


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
    def transaction(self) -> str | None:
        """What made it, in all registries; None: it is older than the ledger."""
        return self.facts.get(TRANSACTION)

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

    def load(self, artifact: str) -> Any:
        """One of its artifacts, by its name.

        Raises:
            GatehouseError: it is lost, or can't be read by this version of the code.
        """
        kept = self.found.get_artifact(artifact)
        try:
            if kept is None:
                raise OSError("it is not linked")
            return kept.load()
        except Exception as error:
            raise GatehouseError(
                f"{self.release.name} version {self.number}: its {artifact} can't be loaded "
                f"({type(error).__name__}: {error})"
            ) from error

    def identity(self) -> dict[str, Any]:
        """What an entry of the ledger says of a version, by the fields of a draft.

        A file or card that is not there has no digest.
        """
        sources = ("model_sha256", "config_hash", "data_fingerprint")
        own = {key: str(self.facts[key]) for key in sources}
        served = {
            SCORER_SHA256: self.release.scorer_sha256,
            GOLDEN_SHA256: self.release.golden_sha256,
            CARD_SHA256: self.release.card_sha256,
            MLFLOW_VERSION: self.mlflow_version,
            TRACKED_SHA256: self._tracked(),
        }
        details = {key: value for key, value in served.items() if value is not None}
        return own | {"version": self.number, "bento": self.bento, "details": details}

    def _tracked(self) -> str | None:
        try:
            return tracked_digest(self.release.name, self.mlflow_version)
        except OSError:
            return None


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


def require_version(name: str, number: str) -> ReleasedVersion:
    """A version by its number, which must be there.

    Raises:
        ReleaseError: there is none, or it was never wholly packed.
        GatehouseError: its record can't be read by this version of the code.
    """
    found = released_version(name, number)
    if found is None:
        raise ReleaseError(f"{name} version {number} is gone, or was never wholly packed")
    return found
