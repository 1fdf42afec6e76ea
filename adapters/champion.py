"""The model now in production, as the gate compares with it."""

from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from adapters.bento import bento_exists
from adapters.registry import production_version


@dataclass(frozen=True)
class Champion:
    """A model in production.

    Attributes:
        version: Its version in ZenML.
        estimator: The fitted pipeline.
        labels: Its class names in the order of their ids.
        sha256: SHA-256 of its estimator's file.
        config_hash: Hash of the config that released it.
        servable: Whether its Bento is in this machine's store.
    """

    version: str
    estimator: Pipeline
    labels: tuple[str, ...]
    sha256: str
    config_hash: str
    servable: bool

    def is_release_of(self, sha256: str, config_hash: str) -> bool:
        """Whether releasing these bytes under this config would change nothing."""
        return self.servable and (self.sha256, self.config_hash) == (sha256, config_hash)


def load_champion(name: str) -> Champion | None:
    """Load the production model of this name; None when there is none."""
    found = production_version(name)
    if found is None:
        return None
    metadata: dict[str, Any] = found.run_metadata
    return Champion(
        version=str(found.number),
        estimator=found.get_artifact("model").load(),  # type: ignore[union-attr]
        labels=tuple(metadata["labels"]),
        sha256=str(metadata["model_sha256"]),
        config_hash=str(metadata["config_hash"]),
        servable=bento_exists(str(metadata["bento"])),
    )
