"""Who stands where: as the registries and running services see it, and how all are switched."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict
from zenml.client import Client
from zenml.enums import ModelStages
from zenml.models import ModelVersionResponse

from adapters.channel import Told, read_channel, update_channel
from adapters.components import model_registry
from adapters.registry import (
    CHALLENGER,
    CHAMPION,
    PRODUCTION,
    STAGING,
    ZENML_VERSION,
    has_mlflow_version,
    version_behind,
    version_in,
)
from adapters.versions import MLFLOW_VERSION, ReleasedVersion, released_version, require_version
from core.errors import ReleaseError
from core.governance.ledger import Standing
from core.release import Release

_ROLES = {"production": "in production", "challenger": "as challenger"}


class Observed(BaseModel):
    """The standing that each place shows, in ZenML's version numbers.

    Attributes:
        zenml: By the stages of the Model Control Plane.
        mlflow: By the aliases of its registry; ``MLflow N`` where that is not the version that
            ZenML knows by this number.
        channel: As the services of this machine follow it.
        damage: Why the channel can't be read; None when it can.
    """

    model_config = ConfigDict(frozen=True)

    zenml: Standing
    mlflow: Standing
    channel: Standing
    damage: str | None = None

    def contradicts(self, ledger: Standing, lost: Collection[str] = ()) -> bool:
        """Whether somebody moved a stage or an alias by hand to another version.

        A lost alias or version names no other one, and the channel of a machine may be behind; all
        are set again by the next change.
        """
        return any(
            shown is not None or place == "ZenML"
            for place, _, shown, _ in self._strays(ledger, lost)
            if place != "the channel"
        )

    def in_registries(self, ledger: Standing, lost: Collection[str] = ()) -> list[str]:
        """What ZenML and MLflow have otherwise than the ledger, in words."""
        strays = self._strays(ledger, lost)
        return [_said(*stray) for stray in strays if stray[0] != "the channel"]

    def in_channel(self, ledger: Standing, lost: Collection[str] = ()) -> list[str]:
        """What the channel of this machine tells otherwise than the ledger, in words."""
        if self.damage is not None:
            return [self.damage]
        strays = self._strays(ledger, lost)
        return [_said(*stray) for stray in strays if stray[0] == "the channel"]

    def differences(self, ledger: Standing, lost: Collection[str] = ()) -> list[str]:
        """What is not as the ledger says, in words.

        Args:
            ledger: What it says.
            lost: Versions that are gone: nobody can show them.
        """
        return self.in_registries(ledger, lost) + self.in_channel(ledger, lost)

    def _strays(
        self, ledger: Standing, lost: Collection[str]
    ) -> Iterator[tuple[str, str, str | None, str | None]]:
        places = {"ZenML": self.zenml, "MLflow": self.mlflow, "the channel": self.channel}
        for place, standing in places.items():
            for role in _ROLES:
                shown, held = getattr(standing, role), getattr(ledger, role)
                if shown != held and not (shown is None and held in lost):
                    yield place, role, shown, held


class _Holder(NamedTuple):
    """Who is to hold a role: its number, and what is there of it.

    Attributes:
        number: By the ledger.
        version: None when nobody holds the role, or ZenML has lost it.
        mlflow_version: None when MLflow has none.
    """

    number: str | None = None
    version: ReleasedVersion | None = None
    mlflow_version: str | None = None

    def told(self, before: Release | None) -> Release | None:
        """What services are told; a lost version stays what they were told."""
        if self.version is not None:
            return self.version.release
        is_the_same = before is not None and before.version == self.number
        return before if is_the_same else None


def observed(name: str) -> Observed:
    """Ask all three."""
    staged = [version_in(name, stage) for stage in (PRODUCTION, STAGING)]
    champion, challenger = (_aliased(name, alias, staged) for alias in (CHAMPION, CHALLENGER))
    told, damage = Told(), None
    try:
        if (channel := read_channel(name)) is not None:
            told = Told(channel.champion, channel.challenger)
    except ReleaseError as error:
        damage = str(error).partition("; ")[0]
    return Observed(
        zenml=_standing(*(None if version is None else str(version.number) for version in staged)),
        mlflow=_standing(champion, challenger),
        channel=_standing(*(None if release is None else release.version for release in told)),
        damage=damage,
    )


def lost_versions(name: str, standing: Standing) -> set[str]:
    """The holders that ZenML no longer has."""
    return {n for n in holders(standing).values() if released_version(name, n) is None}


def switch(name: str, standing: Standing, before: Standing | None = None) -> None:
    """Make ZenML, then MLflow, then the channel show a standing; what already does is left alone.

    Args:
        name: The model's name.
        standing: Who is to hold the roles.
        before: Who held them. Of these, what is lost stays lost: it gets neither stage nor alias,
            and running services go on with it if they serve it.

    Raises:
        ReleaseError: a version that did not stand before is gone, or was never wholly packed.
    """
    may_lack = set(holders(before or Standing()).values())
    production, challenger = (
        _Holder() if number is None else _holder(name, number, may_lack=number in may_lack)
        for number in (standing.production, standing.challenger)
    )
    _stage(name, PRODUCTION, production.version)
    _stage(name, STAGING, challenger.version)
    _point(name, CHAMPION, production.mlflow_version)
    _point(name, CHALLENGER, challenger.mlflow_version)
    _tell(name, lambda: (production, challenger))


def tell_services(name: str, ledger: Callable[[], Standing]) -> None:
    """Make the channel of this machine, and no more, show what the ledger says.

    Args:
        name: The model's name.
        ledger: Gives the standing; called while no change can write the channel.
    """

    def decide() -> tuple[_Holder, _Holder]:
        standing = ledger()
        production, challenger = (
            _Holder() if number is None else _Holder(number, released_version(name, number))
            for number in (standing.production, standing.challenger)
        )
        return production, challenger

    _tell(name, decide)


def holders(standing: Standing) -> dict[str, str]:
    """Versions by role, of the roles that are held."""
    held: dict[str, str] = standing.model_dump(exclude_none=True)
    return held


def after_release(name: str, before: Standing, made: ReleasedVersion) -> Standing:
    """The standing after a release.

    A challenger of the same bytes has thereby won, and goes; so does one that is lost.
    """
    if made.release.stage == "challenger":
        return Standing(production=before.production, challenger=made.number)
    rival = None if before.challenger is None else released_version(name, before.challenger)
    stays = rival and rival.release.scorer_sha256 != made.release.scorer_sha256
    return Standing(production=made.number, challenger=before.challenger if stays else None)


def _said(place: str, role: str, shown: str | None, held: str | None) -> str:
    has, says = ("nothing" if number is None else f"version {number}" for number in (shown, held))
    return f"{place} has {has} {_ROLES[role]}, the ledger {says}"


def _standing(production: str | None, challenger: str | None) -> Standing:
    return Standing(production=production, challenger=challenger)


def _aliased(name: str, alias: str, staged: list[ModelVersionResponse | None]) -> str | None:
    """The version behind an alias, by what ZenML keeps of it: anybody can edit a tag."""
    found = version_behind(name, alias)
    if found is None:
        return None
    for version in filter(None, staged):
        if str(version.run_metadata.get(MLFLOW_VERSION)) == found:
            return str(version.number)
    tags = model_registry().mlflow_client.get_model_version(name, found).tags
    if (number := tags.get(ZENML_VERSION)) is None:
        return f"MLflow {found}"
    tagged = released_version(name, number)
    # ZenML can't contradict the tag of a version that it has lost.
    is_own = tagged is None or tagged.mlflow_version == found
    return str(number) if is_own else f"MLflow {found}"


def _holder(name: str, number: str, *, may_lack: bool) -> _Holder:
    version = (released_version if may_lack else require_version)(name, number)
    if version is None:
        return _Holder(number)
    if has_mlflow_version(name, version.mlflow_version, version.transaction):
        return _Holder(number, version, version.mlflow_version)
    if may_lack:
        return _Holder(number, version)
    raise ReleaseError(f"{name} version {number} is lost in MLflow; choose another version")


def _stage(name: str, stage: ModelStages, version: ReleasedVersion | None) -> None:
    """Whoever held the stage is archived."""
    held = version_in(name, stage)
    if version is None and held is not None:
        archived = Client().get_model_version(name, held.number)
        archived.set_stage(ModelStages.ARCHIVED, force=True)
    elif version is not None and (held is None or str(held.number) != version.number):
        version.found.set_stage(stage, force=True)


def _point(name: str, alias: str, mlflow_version: str | None) -> None:
    client: MlflowClient = model_registry().mlflow_client
    held = version_behind(name, alias)
    if mlflow_version is None and held is not None:
        client.delete_registered_model_alias(name, alias)
    elif mlflow_version is not None and held != mlflow_version:
        client.set_registered_model_alias(name, alias, mlflow_version)


def _tell(name: str, decide: Callable[[], tuple[_Holder, _Holder]]) -> None:
    def told(before: Told) -> Told:
        production, challenger = decide()
        return Told(production.told(before.champion), challenger.told(before.challenger))

    update_channel(name, told)
