"""Packs a release into a Bento: one model and one Bento of the same, unrepeatable version."""

import os
import secrets
import shutil
import tempfile
from importlib import import_module
from modulefinder import ModuleFinder
from pathlib import Path

from core.errors import ReleaseError
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import RELEASE_FILE, SCORER_FOLDER, Release, ReleaseFacts

ROOT = Path(__file__).resolve().parent.parent
ENTRY = Path("service/service.py")
SERVICE = "service.service:TextClassifierService"
LOCK = Path("requirements/serving.lock")
LEMMAS_LOCK = Path("requirements/lemmas.lock")


def build_bento(
    *,
    name: str,
    version_label: str,
    scorer_folder: Path,
    release: ReleaseFacts,
    labels: dict[str, str],
) -> str:
    """Put a scorer into BentoML's model store and build the Bento that serves just that.

    No network, no Docker. Bento and model have the same tag: ``version_label`` and a random part,
    so that building the same release twice gives two Bentos.

    Args:
        name: the model's name in every registry.
        version_label: the model's version in the registries.
        scorer_folder: what :func:`core.models.scorer.storage.save_scorer` wrote.
        release: what the run knows about the release.
        labels: labels of model and Bento, in addition to the exact model tag.

    Returns:
        The exact tag of the Bento.

    Raises:
        ReleaseError: the build failed; neither a model nor a Bento is left behind.
    """
    tag = _new_tag(name, version_label)
    record = Release(
        **release.model_dump(),
        name=name,
        version=version_label,
        model_tag=tag,
        scorer_sha256=scorer_digest(scorer_folder),
    )
    labels = {**labels, "model_tag": tag}
    try:
        _store_model(tag, scorer_folder, labels)
        _build(record, labels, _requirements(scorer_folder))
    except BaseException as error:
        delete_bento(tag)
        if isinstance(error, Exception):
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise ReleaseError(
                f"Bento {tag} could not be built ({reason}); is there room in BENTOML_HOME?"
            ) from error
        raise
    return tag


def delete_bento(tag: str) -> None:
    """Remove a Bento and its model; what is not there is left at that."""
    bentoml = _bentoml()
    for store in (bentoml.bentos, bentoml.models):
        try:
            store.delete(tag)
        except bentoml.exceptions.NotFound:
            continue


def bento_exists(tag: str) -> bool:
    """Whether this machine's store holds the Bento of this exact tag, and its model."""
    bentoml = _bentoml()
    try:
        return all(str(store.get(tag).tag) == tag for store in (bentoml.bentos, bentoml.models))
    except bentoml.exceptions.NotFound:
        return False


def serving_sources() -> list[Path]:
    """The project files that the service imports, directly or not, relative to the root."""
    finder = ModuleFinder(path=[str(ROOT)])
    finder.run_script(str(ROOT / ENTRY))
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return sorted(Path(file).relative_to(ROOT) for file in files if file)


def _bentoml():  # type: ignore[no-untyped-def]  # bentoml's modules are resolved lazily
    # BentoML reads it once, at its first event.
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
    import bentoml

    return bentoml


def _new_tag(name: str, version_label: str) -> str:
    try:
        return str(_bentoml().Tag(name, f"{version_label}-{secrets.token_hex(4)}"))
    except ValueError as error:
        raise ReleaseError(f"{error}; change the config's name") from error


def _store_model(tag: str, scorer_folder: Path, labels: dict[str, str]) -> None:
    with _bentoml().models.create(tag, labels=labels) as model:
        shutil.copytree(scorer_folder, Path(model.path_of(SCORER_FOLDER)))


def _requirements(scorer_folder: Path) -> str:
    """The lock of what serving this scorer needs."""
    lemmatizes = load_scorer(scorer_folder).spec.cleaning.lemmatize
    locks = (LOCK, LEMMAS_LOCK) if lemmatizes else (LOCK,)
    return "".join((ROOT / lock).read_text() for lock in locks)


def _build(release: Release, labels: dict[str, str], requirements: str) -> None:
    # BentoML imports the service by name while it builds. Here it gets this checkout's, and the
    # process keeps no module of a folder that is about to go.
    import_module(SERVICE.partition(":")[0])
    _, _, version = release.model_tag.partition(":")
    with tempfile.TemporaryDirectory(prefix="gatehouse-bento-") as context:
        _write_context(Path(context), release)
        (Path(context) / LOCK.name).write_text(requirements)
        _bentoml().bentos.build(
            SERVICE,
            name=release.name,
            version=version,
            labels=labels,
            description=f"{release.name} {release.version}",
            models=[release.model_tag],
            python={"requirements_txt": LOCK.name, "lock_packages": False},
            build_ctx=context,
        )


def _write_context(context: Path, release: Release) -> None:
    for source in serving_sources():
        (context / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, context / source)
    (context / RELEASE_FILE).write_text(release.model_dump_json(indent=2) + "\n")
