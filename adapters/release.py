"""A release: everything it needs is made first, then all registries are switched, or none."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from zenml.models import ArtifactVersionResponse

from adapters.bento import build_bento, delete_bento, store_model
from adapters.channel import read_channel, set_challenger, set_champion
from adapters.interrupts import keyboard_interrupts
from adapters.registry import (
    CHALLENGER,
    CHAMPION,
    PRODUCTION,
    STAGING,
    annotate,
    create_version,
    drop_alias,
    leave_stage,
    point_alias,
    production_number,
    register_in_mlflow,
    to_stage,
)
from core.config.job import JobConfig
from core.errors import ReleaseError
from core.governance.lineage import Lineage
from core.models.golden import Golden
from core.models.scorer.spec import ServedModel
from core.release import Bundle, ReleaseFacts

Target = Literal["production", "challenger"]


class Release(BaseModel):
    """A released model.

    Attributes:
        name: The model's name.
        version: Its version in ZenML's Model Control Plane.
        mlflow_version: Its version in MLflow's registry.
        bento: Exact tag of its Bento.
        target: Whether it is in production, or stands beside what is.
        lineage: Where it comes from.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    mlflow_version: str
    bento: str
    target: Target
    lineage: Lineage


def release_model(
    config: JobConfig,
    *,
    scorer: ServedModel,
    golden: Golden,
    lineage: Lineage,
    metrics: dict[str, dict[str, float]],
    model_uri: str,
    artifacts: list[ArtifactVersionResponse],
    expected: str | None,
) -> Release:
    """Version, register, pack and switch; any failure, or Ctrl-C, undoes all of it.

    A challenger gets ZenML's stage ``staging`` and MLflow's alias ``challenger``; what is in
    production stays. The last call tells running services, so that they never see a release that
    is not in the registries.

    A kill in between, or Ctrl-C within the very call that creates something, leaves at most a
    version without a stage, a registered version without an alias, or a Bento that no registry
    names, or a production version without the alias; the next run releases again.

    Raises:
        ReleaseError: if production is no longer version ``expected``, which the gate compared
            with, or if the Bento or the tracked model can't be made or read.
    """
    name, target = config.name, config.promotion.target
    stage, alias = (PRODUCTION, CHAMPION) if target == "production" else (STAGING, CHALLENGER)
    with keyboard_interrupts(), ExitStack() as undo:
        version = create_version(name, artifacts, undo)
        number = str(version.number)
        tags = lineage.as_labels() | {"zenml_version": number}
        mlflow_version = register_in_mlflow(name, model_uri, lineage.tracking_run_id, tags, undo)
        facts = ReleaseFacts(
            metrics=metrics, lineage=lineage.as_labels(), stage=target, released_at=_now()
        )
        packed = store_model(name=name, version=number, scorer=scorer, golden=golden, facts=facts)
        undo.callback(delete_bento, packed.model_tag)
        bento = build_bento(Bundle(releases=(packed,), serving=config.serving), name)
        served = {"bento": bento, "mlflow_version": mlflow_version, "labels": list(scorer.labels)}
        record = {"release": packed.model_dump_json(), "metrics": metrics}
        annotate(version, lineage.model_dump(exclude_none=True) | served | record)
        _require_unchanged(name, expected)
        to_stage(version, stage, undo)
        point_alias(name, alias, mlflow_version, undo)
        if target == "challenger":
            set_challenger(packed, name, undo)
        elif set_champion(packed, undo).challenger is None:
            # A challenger that has won is none any more.
            _forget_challenger(name, undo)
        undo.pop_all()
    return Release(
        name=name,
        version=number,
        mlflow_version=mlflow_version,
        bento=bento,
        target=target,
        lineage=lineage,
    )


def withdraw_challenger(name: str) -> None:
    """Take a model's challenger away: out of running services and both registries, all or nothing.

    Raises:
        ReleaseError: there is none.
    """
    channel = read_channel(name)
    if channel is None or channel.challenger is None:
        raise ReleaseError(f"{name} has no challenger; see run.py status {name}")
    with keyboard_interrupts(), ExitStack() as undo:
        set_challenger(None, name, undo)
        _forget_challenger(name, undo)
        undo.pop_all()


def _forget_challenger(name: str, undo: ExitStack) -> None:
    leave_stage(name, STAGING, undo)
    drop_alias(name, CHALLENGER, undo)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _require_unchanged(name: str, expected: str | None) -> None:
    found = production_number(name)
    if found != expected:
        raise ReleaseError(
            f"{name}: version {found} went into production while the gate compared with "
            f"{'nothing' if expected is None else f'version {expected}'}; run again to compare anew"
        )
