"""One Bento that serves the production versions of several models."""

import secrets
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from adapters.bento import bento_folder, build_bento
from adapters.registry import production_version
from core.config.base import Name
from core.errors import GatehouseError
from core.release import RELEASE_FILE, Bundle, Release


def build_bundle(name: str, models: tuple[str, ...]) -> tuple[str, Bundle]:
    """Build the Bento ``name``; the first model is its default and gives the serving settings.

    Returns:
        The exact tag, and what it serves.

    Raises:
        GatehouseError: a model is named twice, or has no production version.
        ReleaseError: the Bento can't be built.
    """
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError as error:
        raise GatehouseError(
            f"{name!r} is no name for a Bento; use lower case letters, digits and _"
        ) from error
    if len(set(models)) < len(models):
        raise GatehouseError(f"a model is named twice: {' '.join(models)}")
    bundles = [_released(model) for model in models]
    releases = tuple(bundle.releases[0] for bundle in bundles)
    bundle = Bundle(releases=releases, serving=bundles[0].serving)
    return build_bento(bundle, name, secrets.token_hex(4)), bundle


def _released(model: str) -> Bundle:
    found = production_version(model)
    if found is None:
        raise GatehouseError(f"no model {model!r} is in production; see run.py status")
    metadata = found.run_metadata
    release = Release.model_validate_json(str(metadata["release"]))
    own: Path = bento_folder(str(metadata["bento"])) / "src" / RELEASE_FILE
    return Bundle(releases=(release,), serving=Bundle.model_validate_json(own.read_bytes()).serving)
