"""Proves that a released version is what its ledger says, and answers as it did at its release."""

from typing import NamedTuple

from adapters.digests import model_digest, packed_folder, packed_golden, packed_scorer
from adapters.versions import ReleasedVersion
from core.errors import GatehouseError, ReleaseError
from core.governance.ledger import Entry
from core.governance.rollback import GOLDEN_SHA256, SCORER_SHA256
from core.models.golden import Golden, load_golden, replay_exactly
from core.models.scorer.storage import load_scorer
from core.release import GOLDEN_FILE, SCORER_FOLDER


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
    folder = packed_folder(release)
    name = f"{release.name} version {version.number}"
    try:
        for digest in _digests(version, recorded):
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


def _digests(version: ReleasedVersion, recorded: Entry) -> list[Digest]:
    release = version.release
    ledger = recorded.details
    return [
        Digest("the scorer", ledger[SCORER_SHA256], packed_scorer(release)),
        Digest(GOLDEN_FILE, ledger[GOLDEN_SHA256], packed_golden(release)),
        Digest("ZenML's record of the scorer", ledger[SCORER_SHA256], release.scorer_sha256),
        Digest("ZenML's record of the golden answers", ledger[GOLDEN_SHA256],
               release.golden_sha256),
        Digest("the model in ZenML's artifact store", str(recorded.model_sha256),
               model_digest(version.found)),
        Digest("ZenML's record of the Bento", str(recorded.bento), version.bento),
    ]  # fmt: skip
