"""The model now in production, as the gate compares with it."""

import json
from dataclasses import dataclass

from sklearn.pipeline import Pipeline

from adapters.bento import bento_exists
from adapters.channel import read_channel
from adapters.registry import CHAMPION, production_version, version_behind
from adapters.versions import CONFIG, LABELS, ReleasedVersion, released_version
from core.errors import GatehouseError
from core.evaluation.champion import Opponent


@dataclass(frozen=True)
class Champion:
    """A model in production.

    Attributes:
        version: Its version in ZenML.
        opponent: What the candidate is compared with.
        sha256: SHA-256 of its estimator's file.
        config_hash: Hash of the config that released it.
        is_whole: Whether its estimator can be loaded, MLflow's alias points to it, its Bento can be
            served from this machine's store, and running services are told of it.
    """

    version: str
    opponent: Opponent
    sha256: str
    config_hash: str
    is_whole: bool

    def is_release_of(self, sha256: str, config_hash: str) -> bool:
        """Whether releasing these bytes under this config would change nothing."""
        return self.is_whole and (self.sha256, self.config_hash) == (sha256, config_hash)


def load_champion(name: str) -> Champion | None:
    """Load the production model of this name; None when there is none.

    Where its files are lost or can't be loaded, the opponent's estimator is the reason.

    Raises:
        GatehouseError: it was not released by Gatehouse.
    """
    found = production_version(name)
    if found is None:
        return None
    number = str(found.number)
    version = released_version(name, number)
    if version is None:
        raise GatehouseError(
            f"{name} version {number} is in production but was not released by Gatehouse; put back "
            f"what the ledger says with: python run.py doctor --fix"
        )
    facts, estimator = version.facts, _estimator(version)
    opponent = Opponent(
        estimator=estimator,
        labels=tuple(facts[LABELS]),
        columns=(json.loads(str(facts[CONFIG]))["data"]["text"],),
    )
    return Champion(
        version=number,
        opponent=opponent,
        sha256=str(facts["model_sha256"]),
        config_hash=str(facts["config_hash"]),
        is_whole=not isinstance(estimator, str) and _is_served(version),
    )


def _estimator(version: ReleasedVersion) -> Pipeline | str:
    try:
        return version.load("model")
    except GatehouseError as error:
        return f"the production model is lost: {error}; restore its files"


def _is_served(version: ReleasedVersion) -> bool:
    name = version.release.name
    channel = read_channel(name)
    told = channel.champion if channel else None
    return (
        version_behind(name, CHAMPION) == version.mlflow_version
        and bento_exists(version.bento)
        and told is not None
        and told.model_tag == version.bento
    )
