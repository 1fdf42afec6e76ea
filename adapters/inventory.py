"""What is released: models, their versions, stages, metrics and Bentos."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict
from zenml.client import Client

from adapters.bento import bento_exists
from adapters.registry import CHAMPION, version_behind
from adapters.versions import CONFIG


class VersionRow(BaseModel):
    """One version of a model as both registries and the Bento store know it.

    ``metric`` is the one that chose between its candidates, ``test`` its value on the test split;
    None where these rows don't define it.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    version: str
    stage: str | None
    candidate: str
    metric: str
    test: float | None
    bento: str
    bento_present: bool
    mlflow_version: str
    champion: bool
    created: str


def list_versions(model: str | None = None) -> list[VersionRow]:
    """Versions that Gatehouse released, newest first within each model."""
    client = Client()
    names = [
        item.name for item in client.list_models(size=1000).items if model in (None, item.name)
    ]
    return [row for name in sorted(names) for row in _rows(client, name)]


def _rows(client: Client, name: str) -> list[VersionRow]:
    found = client.list_model_versions(name, size=1000, sort_by="desc:number", hydrate=True).items
    released = [version for version in found if "bento" in version.run_metadata]
    champion = version_behind(name, CHAMPION) if released else None
    return [_row(name, version, champion) for version in released]


def _row(name: str, version: Any, champion: str | None) -> VersionRow:
    metadata = version.run_metadata
    metric = json.loads(str(metadata[CONFIG]))["selection"]["metric"]
    return VersionRow(
        model=name,
        version=str(version.number),
        stage=version.stage,
        candidate=metadata["candidate"],
        metric=metric,
        test=metadata["metrics"]["test"].get(metric),
        bento=metadata["bento"],
        bento_present=bento_exists(metadata["bento"]),
        mlflow_version=metadata["mlflow_version"],
        champion=metadata["mlflow_version"] == champion,
        created=version.created.isoformat(timespec="seconds"),
    )


def tracking_uri() -> str:
    """Where the active stack's MLflow tracker keeps its runs."""
    tracker = Client().active_stack.experiment_tracker
    uri: str = tracker.get_tracking_uri()  # type: ignore[union-attr]
    return uri
