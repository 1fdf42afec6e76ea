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
        bento: Exact tag of its Bento.
        servable: Whether that Bento is in this machine's store.
    """

    version: str
    estimator: Pipeline
    labels: tuple[str, ...]
    sha256: str
    bento: str
    servable: bool


def load_champion(name: str) -> Champion | None:
    """Load the production model of this name; None when there is none."""
    found = production_version(name)
    if found is None:
        return None
    metadata: dict[str, Any] = found.run_metadata
    bento = str(metadata["bento"])
    return Champion(
        version=str(found.number),
        estimator=found.get_artifact("model").load(),  # type: ignore[union-attr]
        labels=tuple(metadata["labels"]),
        sha256=str(metadata["model_sha256"]),
        bento=bento,
        servable=bento_exists(bento),
    )
