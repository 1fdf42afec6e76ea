"""A release: everything it needs is made first, then both registries are switched, or none."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from zenml.models import ArtifactVersionResponse

from adapters.bento import build_bento, delete_bento
from adapters.interrupts import keyboard_interrupts
from adapters.registry import (
    annotate,
    create_version,
    production_number,
    register_in_mlflow,
    to_champion,
    to_production,
)
from core.errors import ReleaseError
from core.governance.lineage import Lineage
from core.models.scorer.spec import ScorerSpec
from core.models.scorer.storage import save_scorer
from core.release import Limits, ReleaseFacts


class Release(BaseModel):
    """A model in production.

    Attributes:
        name: The model's name.
        version: Its version in ZenML's Model Control Plane.
        mlflow_version: Its version in MLflow's registry.
        bento: Exact tag of its Bento.
        lineage: Where it comes from.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    mlflow_version: str
    bento: str
    lineage: Lineage


def release_model(
    *,
    name: str,
    scorer: ScorerSpec,
    lineage: Lineage,
    metrics: dict[str, dict[str, float]],
    limits: Limits,
    model_uri: str,
    artifacts: list[ArtifactVersionResponse],
    expected: str | None,
) -> Release:
    """Version, register, pack and switch; any failure, or Ctrl-C, undoes all of it.

    A kill in between, or Ctrl-C within the very call that creates something, leaves at most a
    version without a stage, a registered version without an alias, or a Bento that no registry
    names, or a production version without the alias; the next run releases again. What is in
    production changes in the last two calls.

    Raises:
        ReleaseError: if production is no longer version ``expected``, which the gate compared
            with, or if the Bento or the tracked model can't be made or read.
    """
    with keyboard_interrupts(), ExitStack() as undo:
        version = create_version(name, artifacts, undo)
        number = str(version.number)
        tags = lineage.as_labels() | {"zenml_version": number}
        mlflow_version = register_in_mlflow(name, model_uri, lineage.tracking_run_id, tags, undo)
        bento = _pack(name, number, scorer, lineage, metrics, limits)
        undo.callback(delete_bento, bento)
        served = {"bento": bento, "mlflow_version": mlflow_version, "labels": list(scorer.labels)}
        annotate(version, lineage.model_dump(exclude_none=True) | served | {"metrics": metrics})
        _require_unchanged(name, expected)
        to_production(version, undo)
        to_champion(name, mlflow_version, undo)
        undo.pop_all()
    return Release(
        name=name, version=number, mlflow_version=mlflow_version, bento=bento, lineage=lineage
    )


def _require_unchanged(name: str, expected: str | None) -> None:
    found = production_number(name)
    if found != expected:
        raise ReleaseError(
            f"{name}: version {found} went into production while the gate compared with "
            f"{'nothing' if expected is None else f'version {expected}'}; run again to compare anew"
        )


def _pack(
    name: str,
    version: str,
    scorer: ScorerSpec,
    lineage: Lineage,
    metrics: dict[str, dict[str, float]],
    limits: Limits,
) -> str:
    labels = lineage.as_labels()
    with tempfile.TemporaryDirectory(prefix="gatehouse-scorer-") as folder:
        save_scorer(scorer, Path(folder))
        return build_bento(
            name=name,
            version_label=version,
            scorer_folder=Path(folder),
            release=ReleaseFacts(metrics=metrics, lineage=labels, limits=limits),
            labels=labels,
        )
