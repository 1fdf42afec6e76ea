"""The release inside a Bento: which model it serves, and the proof that it is that one."""

from pathlib import Path

import bentoml
from pydantic import ValidationError

from core.errors import ReleaseError
from core.models.scorer.exact import ExactScorer
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import RELEASE_FILE, SCORER_FOLDER, Release

RELEASE_PATH = Path(__file__).resolve().parent.parent / RELEASE_FILE


def read_release(path: Path = RELEASE_PATH) -> Release:
    """Read and validate a release file.

    Raises:
        ReleaseError: it is missing or not a release.
    """
    try:
        return Release.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing: serve a built Bento, not the sources") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ReleaseError(f"{path}: {where}: {first['msg']}; build the Bento again") from None


def verified_folder(release: Release) -> Path:
    """The folder of the pinned scorer in BentoML's store, once its bytes are proven.

    Raises:
        ReleaseError: the exact tag is not in the store, or its SHA-256 is not the release's.
    """
    try:
        model = bentoml.models.get(release.model_tag)
    except bentoml.exceptions.BentoMLException as error:
        raise ReleaseError(f"model {release.model_tag} can't be read: {error}") from error
    # BentoML's store takes a unique prefix of a version for the version itself.
    if str(model.tag) != release.model_tag:
        raise ReleaseError(f"model {release.model_tag} is gone; the store offers {model.tag}")
    folder = Path(model.path_of(SCORER_FOLDER))
    try:
        digest = scorer_digest(folder)
    except OSError as error:
        raise ReleaseError(f"model {release.model_tag} can't be read: {error}") from error
    if digest != release.scorer_sha256:
        raise ReleaseError(
            f"model {release.model_tag} was altered: SHA-256 is {digest}, "
            f"the release says {release.scorer_sha256}; build the Bento again"
        )
    return folder


def load_pinned_scorer(release: Release) -> ExactScorer:
    """Load the release's scorer, never another one.

    Raises:
        ReleaseError: see :func:`verified_folder`.
    """
    return load_scorer(verified_folder(release))
