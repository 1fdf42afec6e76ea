"""Proves that a released version is what its ledger says, and answers as it did at its release."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from zenml.io import fileio

from adapters.channel import bentoml_home
from adapters.versions import GOLDEN_SHA256, SCORER_SHA256, ReleasedVersion
from core.channel import model_path
from core.errors import GatehouseError, ReleaseError
from core.governance.ledger import Entry
from core.models.golden import Golden, golden_digest, load_golden, replay_exactly
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER
from materializers.estimator import FILENAME


class Digest(NamedTuple):
    """SHA-256 of one thing: where it lies, what was recorded, and what is there."""

    what: str
    recorded: str
    found: str


def prove(version: ReleasedVersion, recorded: Entry) -> Golden:
    """Compare all bytes with the record, load the model, and replay its golden requests.

    Args:
        version: Whole, with its Bento.
        recorded: The entry of the ledger that released it.

    Returns:
        The golden answers, which it gave again bit for bit.

    Raises:
        ReleaseError: bytes are missing or altered, or an answer is another one.
    """
    release = version.release
    folder = model_path(bentoml_home(), release.model_tag)
    name = f"{release.name} version {version.number}"
    try:
        for digest in _digests(version, recorded, folder):
            if digest.found != digest.recorded:
                raise ReleaseError(
                    f"{digest.what} was altered: SHA-256 is {digest.found}, the record says "
                    f"{digest.recorded}"
                )
        golden = load_golden(folder / GOLDEN_FILE)
        scorer = load_scorer(folder / SCORER_FOLDER, digest=release.scorer_sha256)
        difference = replay_exactly(golden, scorer)
    except (GatehouseError, OSError) as error:
        raise ReleaseError(f"{name} is not what was released: {error}") from error
    if difference is not None:
        raise ReleaseError(f"{name} does not answer as at its release: {difference}")
    return golden


def _digests(version: ReleasedVersion, recorded: Entry, folder: Path) -> list[Digest]:
    release = version.release
    scorer, golden = scorer_digest(folder / SCORER_FOLDER), golden_digest(folder / GOLDEN_FILE)
    ledger = recorded.details
    return [
        Digest("the scorer", ledger[SCORER_SHA256], scorer),
        Digest(GOLDEN_FILE, ledger[GOLDEN_SHA256], golden),
        Digest("ZenML's record of the scorer", ledger[SCORER_SHA256], release.scorer_sha256),
        Digest("ZenML's record of the golden answers", ledger[GOLDEN_SHA256],
               release.golden_sha256),
        Digest("the model in ZenML's artifact store", str(recorded.model_sha256),
               _model_digest(version)),
        Digest("ZenML's record of the Bento", str(recorded.bento), version.bento),
    ]  # fmt: skip


def _model_digest(version: ReleasedVersion) -> str:
    artifact = version.found.get_artifact("model")
    if artifact is None:
        raise ReleaseError("ZenML has lost the artifact 'model'")
    with fileio.open(os.path.join(artifact.uri, FILENAME), "rb") as file:  # noqa: PTH118 - a URI
        return hashlib.sha256(file.read()).hexdigest()
