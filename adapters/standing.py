"""Who stands where: as the registries and running services see it, and how all are switched."""

from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict
from zenml.client import Client
from zenml.enums import ModelStages

from adapters.channel import read_channel, write_channel
from adapters.components import model_registry
from adapters.registry import (
    CHALLENGER,
    CHAMPION,
    PRODUCTION,
    STAGING,
    ZENML_VERSION,
    version_behind,
    version_in,
)
from adapters.versions import ReleasedVersion, require_version
from core.governance.ledger import Standing
from core.release import Release


class Observed(BaseModel):
    """The standing that each place shows, in ZenML's version numbers.

    Attributes:
        zenml: By the stages of the Model Control Plane.
        mlflow: By the aliases of its registry; ``MLflow N`` where a version is not ours.
        channel: As the services of this machine follow it.
    """

    model_config = ConfigDict(frozen=True)

    zenml: Standing
    mlflow: Standing
    channel: Standing

    def contradicts(self, ledger: Standing) -> bool:
        """Whether somebody moved a stage or an alias by hand to another version.

        A lost alias names no other version, and the channel of a machine may be behind; both are
        set again by the next change.
        """
        aliases = self.mlflow
        return (
            self.zenml != ledger
            or aliases.production not in (None, ledger.production)
            or aliases.challenger not in (None, ledger.challenger)
        )

    def differences(self, ledger: Standing) -> list[str]:
        """What is not as the ledger says, in words."""
        places = {"ZenML": self.zenml, "MLflow": self.mlflow, "the channel": self.channel}
        roles = [("production", "in production"), ("challenger", "as challenger")]
        return [
            f"{place} has {_version_or_none(shown)} {words}, the ledger {_version_or_none(held)}"
            for place, standing in places.items()
            for role, words in roles
            if (shown := getattr(standing, role)) != (held := getattr(ledger, role))
        ]


def observed(name: str) -> Observed:
    """Ask all three.

    Raises:
        ReleaseError: the channel is damaged.
    """
    channel = read_channel(name)
    return Observed(
        zenml=Standing(
            production=_staged(name, PRODUCTION),
            challenger=_staged(name, STAGING),
        ),
        mlflow=Standing(
            production=_aliased(name, CHAMPION),
            challenger=_aliased(name, CHALLENGER),
        ),
        channel=Standing(
            production=_told(channel.champion) if channel else None,
            challenger=_told(channel.challenger) if channel else None,
        ),
    )


def switch(name: str, standing: Standing) -> None:
    """Make ZenML, then MLflow, then the channel show a standing; what already does is left alone.

    Raises:
        ReleaseError: a version was never wholly packed, or the channel is damaged.
    """
    production, challenger = (
        None if number is None else require_version(name, number)
        for number in (standing.production, standing.challenger)
    )
    _stage(name, PRODUCTION, production)
    _stage(name, STAGING, challenger)
    _point(name, CHAMPION, production)
    _point(name, CHALLENGER, challenger)
    write_channel(
        name,
        production.release if production else None,
        challenger.release if challenger else None,
    )


def holders(standing: Standing) -> dict[str, str]:
    """Versions by role, of the roles that are held."""
    held: dict[str, str] = standing.model_dump(exclude_none=True)
    return held


def after_release(name: str, before: Standing, made: ReleasedVersion) -> Standing:
    """The standing after a release; a challenger of the same bytes has thereby won, and goes."""
    if made.release.stage == "challenger":
        return Standing(production=before.production, challenger=made.number)
    rival = before.challenger and require_version(name, before.challenger)
    won = rival and rival.release.scorer_sha256 == made.release.scorer_sha256
    return Standing(production=made.number, challenger=None if won else before.challenger)


def _version_or_none(number: str | None) -> str:
    return "nothing" if number is None else f"version {number}"


def _staged(name: str, stage: ModelStages) -> str | None:
    found = version_in(name, stage)
    return None if found is None else str(found.number)


def _aliased(name: str, alias: str) -> str | None:
    found = version_behind(name, alias)
    if found is None:
        return None
    tags = model_registry().mlflow_client.get_model_version(name, found).tags
    return str(tags.get(ZENML_VERSION, f"MLflow {found}"))


def _told(release: Release | None) -> str | None:
    return None if release is None else release.version


def _stage(name: str, stage: ModelStages, version: ReleasedVersion | None) -> None:
    """Whoever held the stage is archived."""
    held = _staged(name, stage)
    if version is None and held is not None:
        archived = Client().get_model_version(name, int(held))
        archived.set_stage(ModelStages.ARCHIVED, force=True)
    elif version is not None and held != version.number:
        version.found.set_stage(stage, force=True)


def _point(name: str, alias: str, version: ReleasedVersion | None) -> None:
    client: MlflowClient = model_registry().mlflow_client
    held = version_behind(name, alias)
    if version is None and held is not None:
        client.delete_registered_model_alias(name, alias)
    elif version is not None and held != version.mlflow_version:
        client.set_registered_model_alias(name, alias, version.mlflow_version)
