"""The model now in production, as the gate compares with it."""

import pickle
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline
from zenml.models import ModelVersionResponse

from adapters.bento import bento_exists
from adapters.channel import read_channel
from adapters.registry import CHAMPION, production_version, version_behind
from core.errors import GatehouseError


@dataclass(frozen=True)
class Champion:
    """A model in production.

    Attributes:
        version: Its version in ZenML.
        estimator: The fitted pipeline.
        labels: Its class names in the order of their ids.
        sha256: SHA-256 of its estimator's file.
        config_hash: Hash of the config that released it.
        is_whole: Whether MLflow's alias points to it, its Bento can be served from this machine's
            store, and running services are told of it.
    """

    version: str
    estimator: Pipeline
    labels: tuple[str, ...]
    sha256: str
    config_hash: str
    is_whole: bool

    def is_release_of(self, sha256: str, config_hash: str) -> bool:
        """Whether releasing these bytes under this config would change nothing."""
        return self.is_whole and (self.sha256, self.config_hash) == (sha256, config_hash)


def load_champion(name: str) -> Champion | None:
    """Load the production model of this name; None when there is none.

    Raises:
        GatehouseError: its files are lost or can't be read by this version of the code.
    """
    found = production_version(name)
    if found is None:
        return None
    metadata: dict[str, Any] = found.run_metadata
    if "bento" not in metadata:
        raise GatehouseError(
            f"{name} version {found.number} is in production but was not released by Gatehouse; "
            f"take it out: {_archive(found)}"
        )
    bento = str(metadata["bento"])
    channel = read_channel(name)
    told = channel.champion if channel else None
    return Champion(
        version=str(found.number),
        estimator=_load(found),
        labels=tuple(metadata["labels"]),
        sha256=str(metadata["model_sha256"]),
        config_hash=str(metadata["config_hash"]),
        is_whole=(
            version_behind(name, CHAMPION) == metadata["mlflow_version"]
            and bento_exists(bento)
            and told is not None
            and told.model_tag == bento
        ),
    )


def _load(version: ModelVersionResponse) -> Pipeline:
    artifact = version.get_artifact("model")
    try:
        return artifact.load()  # type: ignore[union-attr]
    except (
        OSError,
        EOFError,
        ImportError,
        AttributeError,
        ValueError,
        pickle.PickleError,
    ) as error:
        name = version.model.name
        raise GatehouseError(
            f"the model in production, {name} version {version.number}, can't be loaded to compare "
            f"with ({type(error).__name__}: {error}); restore its files, or take it out of "
            f"production: {_archive(version)}"
        ) from error


def _archive(version: ModelVersionResponse) -> str:
    return f"zenml model version update {version.model.name} {version.number} -s archived -f"
