"""A release: everything it needs is made first, then all registries are switched, or none."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from zenml.models import ArtifactVersionResponse

from adapters.bento import build_bento, release_tag, store_model
from adapters.card import attach_card, make_card
from adapters.ledger import read_ledger
from adapters.registry import (
    TRANSACTION,
    ZENML_VERSION,
    annotate,
    create_version,
    register_in_mlflow,
)
from adapters.standing import after_release, lost_versions
from adapters.transaction import change, require_settled
from adapters.versions import (
    BENTO,
    COLUMNS,
    CONFIG,
    LABELS,
    METRICS,
    MLFLOW_VERSION,
    RELEASE,
    TARGET,
    ReleasedVersion,
    require_version,
)
from core.config.job import JobConfig
from core.errors import ReleaseError
from core.governance.case import Case
from core.governance.ledger import Draft, Standing
from core.governance.lineage import Lineage
from core.governance.state import state_of
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
    case: Case,
    *,
    by: str,
    scorer: ServedModel,
    golden: Golden,
    artifacts: Mapping[str, ArtifactVersionResponse],
) -> Release:
    """Version, register, pack and switch; any failure, or Ctrl-C, undoes all of it.

    A challenger gets ZenML's stage ``staging`` and MLflow's alias ``challenger``; what is in
    production stays. Running services are told last, so that they never see a release that is not
    in the registries. What a kill leaves is finished or undone by ``adapters.repair``.

    Args:
        config: The whole config.
        case: What the gate found, and what it compared with.
        by: Who releases.
        scorer: What is served.
        golden: What a service replays before it serves the model.
        artifacts: What the version is linked with, by name; ``scorer`` is one.

    Raises:
        LedgerError: another change is under way or was cut short.
        ReleaseError: production is no longer what the gate compared with, or the Bento or the
            tracked model can't be made or read.
    """
    name, before = config.name, _standing_compared_with(config.name, case)
    intent = Draft(
        action="intent",
        purpose="promotion" if config.promotion.target == "production" else "challenge",
        by=by,
        reason="; ".join(case.decision.reasons),
        run=case.run,
        model_sha256=case.model_sha256,
        config_hash=case.config_hash,
        data_fingerprint=case.data.fingerprint,
        before=before,
    )
    with change(name, intent) as begun:
        made = _prepare(config, case, begun.transaction, scorer, golden, artifacts)
        begun.switch(after_release(name, before, made))
        begun.complete(**made.identity())
    return Release(
        name=name,
        version=made.number,
        mlflow_version=made.mlflow_version,
        bento=made.bento,
        target=config.promotion.target,
        lineage=_lineage(case, artifacts),
    )


def withdraw_challenger(name: str, *, by: str, reason: str) -> None:
    """Take a model's challenger away: out of both registries and running services.

    Raises:
        LedgerError: another change is under way or was cut short.
        ReleaseError: there is none.
    """
    before = _settled_standing(name)
    if before.challenger is None:
        raise ReleaseError(f"{name} has no challenger; see run.py status {name}")
    after = Standing(production=before.production)
    intent = Draft(
        action="intent",
        purpose="withdrawal",
        by=by,
        reason=reason,
        version=before.challenger,
        before=before,
        after=after,
    )
    with change(name, intent) as begun:
        begun.switch(after)
        begun.complete(version=before.challenger)


def _standing_compared_with(name: str, case: Case) -> Standing:
    standing, expected = _settled_standing(name), case.decision.production_version
    if standing.production != expected and standing.production in lost_versions(name, standing):
        raise ReleaseError(
            f"{name}: version {standing.production} is in production by the ledger and lost in "
            f"ZenML; first go back: run.py rollback {name} --reason TEXT; with nothing to go back "
            "to: run.py doctor --fix"
        )
    if standing.production != expected:
        raise ReleaseError(
            f"{name}: version {standing.production} went into production while the gate compared "
            f"with {'nothing' if expected is None else f'version {expected}'}; run again to "
            "compare anew"
        )
    return standing


def _settled_standing(name: str) -> Standing:
    state = state_of(read_ledger(name))
    require_settled(name, state)
    return state.standing


def _prepare(
    config: JobConfig,
    case: Case,
    transaction: str,
    scorer: ServedModel,
    golden: Golden,
    artifacts: Mapping[str, ArtifactVersionResponse],
) -> ReleasedVersion:
    """Make all parts of a version, none of which anybody sees yet; its metadata comes last."""
    name, lineage = config.name, _lineage(case, artifacts)
    used = {entry.version for entry in read_ledger(name) if entry.version}
    version = create_version(name, list(artifacts.values()), transaction, used)
    number, labels = str(version.number), lineage.as_labels()
    tags = labels | {ZENML_VERSION: number, TRANSACTION: transaction}
    uri, run_id = case.selected.model_uri, case.selected.tracking_run_id
    mlflow_version = register_in_mlflow(name, uri, run_id, tags)
    metrics = {
        "validation": _defined(case.selected.metrics),
        "test": _defined(case.evaluation.values()),
    }
    now = datetime.now(UTC).isoformat(timespec="seconds")
    stage = config.promotion.target
    tag = release_tag(name, number, transaction)
    card = make_card(config, case, version=number, released_at=now, bento=tag)
    packed = store_model(
        name=name,
        version=number,
        token=transaction,
        scorer=scorer,
        golden=golden,
        facts=ReleaseFacts(metrics=metrics, lineage=labels, stage=stage, released_at=now),
        card=card,
    )
    attach_card(
        card, version, mlflow_version=mlflow_version, run_id=run_id, transaction=transaction
    )
    bento = build_bento(Bundle(releases=(packed,), serving=config.serving), name)
    own = {
        RELEASE: packed.model_dump_json(),
        BENTO: bento,
        MLFLOW_VERSION: mlflow_version,
        LABELS: list(scorer.labels),
        COLUMNS: list(case.data.columns),
        TARGET: case.data.target,
        METRICS: metrics,
        CONFIG: config.model_dump_json(),
        TRANSACTION: transaction,
    }
    annotate(version, lineage.model_dump(exclude_none=True) | own)
    return require_version(name, number)


def _defined(metrics: Mapping[str, float]) -> dict[str, float]:
    """Without those that are NaN, which JSON has not."""
    return {name: value for name, value in metrics.items() if not math.isnan(value)}


def _lineage(case: Case, artifacts: Mapping[str, ArtifactVersionResponse]) -> Lineage:
    return Lineage(
        config_hash=case.config_hash,
        data_fingerprint=case.data.fingerprint,
        run_id=case.run,
        tracking_run_id=case.selected.tracking_run_id,
        candidate=case.selected.name,
        trained_at=case.selected.trained_at,
        seed=case.seed,
        git_commit=case.git_commit,
        libraries=case.libraries,
        model_sha256=case.model_sha256,
        scorer_sha256=str(artifacts["scorer"].run_metadata["sha256"]),
    )
