"""Makes what was lost of a version again from what ZenML keeps: the same bytes, the same model."""

from adapters.bento import bento_exists, build_bento, delete_bento, store_model
from adapters.card import describe_version, released_card
from adapters.digests import packed_folder, packed_golden, packed_scorer
from adapters.registry import (
    TRANSACTION,
    ZENML_VERSION,
    annotate,
    has_mlflow_version,
    mlflow_version_made_by,
    register_in_mlflow,
)
from adapters.versions import MLFLOW_VERSION, ReleasedVersion, require_version
from core.errors import GatehouseError, ReleaseError
from core.models.card import load_card
from core.release import Bundle, Release, ReleaseFacts


def bento_is_whole(version: ReleasedVersion) -> bool:
    """Whether this machine has the Bento, and its model has the bytes that were released."""
    return bento_exists(version.bento) and _has_released_bytes(version.release)


def restore_bento(version: ReleasedVersion) -> None:
    """Make a version's Bento and its model again, on any machine; one that is whole is left alone.

    Raises:
        ReleaseError: what is made is not what was released, or it can't be packed.
        GatehouseError: what it is made of can't be read.
    """
    if bento_is_whole(version):
        return
    release = version.release
    facts = {name: getattr(release, name) for name in ReleaseFacts.model_fields}
    packed = store_model(
        name=release.name,
        version=release.version,
        token=release.model_tag.rpartition("-")[2],
        scorer=version.load("scorer"),
        golden=version.load("golden"),
        facts=ReleaseFacts(**facts),
        card=released_card(version),
    )
    if packed != release:
        delete_bento(packed.model_tag)
        raise ReleaseError(
            f"{release.name} version {release.version} can't be restored: its scorer and golden "
            "answers, as ZenML keeps them, are not those that were released"
        )
    build_bento(Bundle(releases=(packed,), serving=version.config().serving), release.name)


def restore_registration(version: ReleasedVersion) -> ReleasedVersion:
    """Register a version in MLflow again, under a new number, from the model that was tracked.

    Returns:
        The version as ZenML has it now.

    Raises:
        ReleaseError: the tracker has lost the model.
        GatehouseError: ZenML has lost the case that says where it was tracked.
    """
    name = version.release.name
    if has_mlflow_version(name, version.mlflow_version, version.transaction):
        return version
    transaction = version.transaction
    if transaction is None:
        raise ReleaseError(f"{name} version {version.number} is older than the ledger")
    made = mlflow_version_made_by(name, transaction)
    if made is None:
        source = version.load("case").selected
        own = {ZENML_VERSION: version.number, TRANSACTION: transaction}
        tags = version.release.lineage | own
        made = register_in_mlflow(name, source.model_uri, source.tracking_run_id, tags)
    if (card := released_card(version)) is not None:
        describe_version(card, version.found, mlflow_version=made, transaction=transaction)
    annotate(version.found, {MLFLOW_VERSION: made})
    return require_version(name, version.number)


def restore(version: ReleasedVersion) -> ReleasedVersion:
    """Make Bento and registration whole; gives the version as ZenML has it now.

    Raises:
        GatehouseError: one of them can't be made again.
    """
    restore_bento(version)
    return restore_registration(version)


def _has_released_bytes(release: Release) -> bool:
    try:
        found = packed_scorer(release), packed_golden(release)
        if release.card_sha256 is not None:
            load_card(packed_folder(release), release.card_sha256)
    except (GatehouseError, OSError):
        return False
    return found == (release.scorer_sha256, release.golden_sha256)
