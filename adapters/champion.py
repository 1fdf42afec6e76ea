"""The model now in production, as the gate compares with it."""

import json
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from adapters.bento import bento_exists
from adapters.channel import read_channel
from adapters.registry import CHAMPION, production_version, version_behind
from adapters.versions import COLUMNS, CONFIG, LABELS, TARGET, ReleasedVersion, released_version
from core.data.dataset import Dataset
from core.errors import GatehouseError, ReleaseError
from core.evaluation.champion import Opponent
from core.tasks import Task


@dataclass(frozen=True)
class Champion:
    """A model in production.

    Attributes:
        version: Its version in ZenML.
        estimator: The fitted pipeline; the reason in words where it can't be had.
        training: The rows that it was fitted on; the same.
        labels: Its class names by id.
        columns: Names of its input columns.
        target: Name of what it predicts.
        sha256: SHA-256 of its estimator's file.
        config_hash: Hash of the config that released it.
        is_whole: Whether its estimator can be loaded, MLflow's alias points to it, its Bento can be
            served from this machine's store, and running services are told of it.
    """

    version: str
    estimator: Pipeline | str
    training: Dataset | str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    target: str
    sha256: str
    config_hash: str
    is_whole: bool

    def opponent(self, task: Task, test: Dataset) -> Opponent:
        """As the candidate is compared with it on these rows."""
        seen, kinds = self.training, None
        if isinstance(seen, Dataset):
            kinds = seen.kinds
            leaks = task.leaks({"train": seen, "test": test})
            seen = test.frame.index.isin([row for *_, row in leaks])
        return Opponent(self.estimator, self.labels, self.columns, seen, self.target, kinds)

    def is_release_of(self, sha256: str, config_hash: str) -> bool:
        """Whether releasing these bytes under this config would change nothing."""
        return self.is_whole and (self.sha256, self.config_hash) == (sha256, config_hash)


def load_champion(name: str) -> Champion | None:
    """Load the production model of this name; None when there is none.

    Where its files are lost or can't be loaded, the reason stands in their place; what was
    released before training rows were kept has none.

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
    facts, estimator = _dated(version.facts), _estimator(version)
    return Champion(
        version=number,
        estimator=estimator,
        training=_training(version),
        labels=tuple(facts[LABELS]),
        columns=tuple(facts[COLUMNS]),
        target=str(facts[TARGET]),
        sha256=str(facts["model_sha256"]),
        config_hash=str(facts["config_hash"]),
        is_whole=not isinstance(estimator, str) and _is_served(version),
    )


def _dated(facts: dict[str, Any]) -> dict[str, Any]:
    """With what versions from before tables say in their config only."""
    if COLUMNS in facts:
        return facts
    data = json.loads(str(facts[CONFIG]))["data"]
    return facts | {COLUMNS: [data["text"]], TARGET: data["label"]}


def _estimator(version: ReleasedVersion) -> Pipeline | str:
    try:
        return version.load("model")
    except GatehouseError as error:
        return f"the production model is lost: {error}; restore its files"


def _training(version: ReleasedVersion) -> Dataset | str:
    try:
        return version.load("train")
    except GatehouseError as error:
        return f"the training rows of production are unknown ({error})"


def _is_served(version: ReleasedVersion) -> bool:
    name = version.release.name
    try:
        channel = read_channel(name)
    except ReleaseError:
        return False  # damaged: the next change replaces it
    told = channel.champion if channel else None
    return (
        version_behind(name, CHAMPION) == version.mlflow_version
        and bento_exists(version.bento)
        and told is not None
        and told.model_tag == version.bento
    )
