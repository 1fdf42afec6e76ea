"""The releases a server may serve: those pinned in its Bento, and where later ones lie."""

import os
from pathlib import Path

import bentoml
from pydantic import ValidationError

from core.channel import model_path
from core.errors import ReleaseError
from core.release import RELEASE_FILE, Bundle, Release

BUNDLE_PATH = Path(__file__).resolve().parent.parent / RELEASE_FILE
HOME_VARIABLE = "GATEHOUSE_RELEASES"


def read_bundle(path: Path = BUNDLE_PATH) -> Bundle:
    """Read and validate a bundle's file.

    Raises:
        ReleaseError: it is missing or not a bundle.
    """
    try:
        return Bundle.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing: serve a built Bento, not the sources") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise ReleaseError(f"{path}: {where}: {first['msg']}; build the Bento again") from None


def pinned_folder(release: Release) -> Path:
    """The folder of a pinned model in BentoML's store, which may be inside the Bento.

    Raises:
        ReleaseError: the exact tag is not in the store.
    """
    try:
        model = bentoml.models.get(release.model_tag)
    except bentoml.exceptions.BentoMLException as error:
        raise ReleaseError(f"model {release.model_tag} can't be read: {error}") from error
    # BentoML's store takes a unique prefix of a version for the version itself.
    if str(model.tag) != release.model_tag:
        raise ReleaseError(f"model {release.model_tag} is gone; the store offers {model.tag}")
    return Path(model.path)


def releases_home() -> Path:
    """Where later releases appear: ``GATEHOUSE_RELEASES``, or BentoML's home."""
    from bentoml._internal.configuration.containers import BentoMLContainer

    return Path(os.environ.get(HOME_VARIABLE) or BentoMLContainer.bentoml_home.get())


def released_folder(release: Release, pinned: Release) -> Path:
    """The folder of a release: the Bento's own for the pinned one, else in the releases home.

    Raises:
        ReleaseError: it is not there.
    """
    if release.model_tag == pinned.model_tag:
        return pinned_folder(pinned)
    folder = model_path(releases_home(), release.model_tag)
    if not folder.is_dir():
        raise ReleaseError(f"model {release.model_tag} is not in {releases_home()}")
    return folder
