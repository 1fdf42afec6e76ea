"""Packs releases: a model for BentoML's store, and the Bento that serves it."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

from adapters.channel import bentoml_home
from core.errors import ReleaseError
from core.models.card import Card, card_digest, save_card
from core.models.golden import Golden, golden_digest, save_golden
from core.models.scorer.estimator import (
    PICKLED_MODULES,
    TRANSFORMER_MODULE,
    TRANSFORMERS,
    XGBOOST,
)
from core.models.scorer.spec import PickledModel, ServedModel
from core.models.scorer.storage import load_model, save_scorer, scorer_digest
from core.release import GOLDEN_FILE, RELEASE_FILE, SCORER_FOLDER, Bundle, Release, ReleaseFacts

ROOT = Path(__file__).resolve().parent.parent
ENTRY = Path("service/service.py")
SERVICE = "service.service:ModelService"
LOCK = Path("requirements/serving.lock")
ESTIMATOR_LOCK = Path("requirements/serving-estimator.lock")
LEMMAS_LOCK = Path("requirements/lemmas.lock")
XGBOOST_LOCK = Path("requirements/xgboost.lock")
# Without torch, whose builds differ by machine: who serves a transformer has one installed.
TRANSFORMERS_LOCK = Path("requirements/transformers.lock")
PAGE_FILES = sorted(path.relative_to(ROOT) for path in (ROOT / "service/page").iterdir())


def store_model(
    *,
    name: str,
    version: str,
    token: str,
    scorer: ServedModel,
    golden: Golden,
    facts: ReleaseFacts,
    card: Card | None = None,
) -> Release:
    """Put a scorer, its golden answers and its card into BentoML's model store.

    The tag is known before: ``release_tag``. What the store has under it is replaced, so that a
    model which was lost or half written can be made again; the same content gives the same record.

    Args:
        name: the model's name in every registry.
        version: the model's version in the registries.
        token: tells two attempts at one version apart; the id of the transaction.
        scorer: what is served.
        golden: what a service replays before it serves the model.
        facts: what the run knows about the release; the lineage becomes the model's labels.
        card: what a service shows of the model.

    Returns:
        The record that names these exact bytes.

    Raises:
        ReleaseError: it can't be stored; nothing is left behind.
    """
    tag = release_tag(name, version, token)
    with _nothing_left(tag), _bentoml().models.create(tag, labels=dict(facts.lineage)) as model:
        folder = Path(model.path)
        save_scorer(scorer, folder / SCORER_FOLDER)
        save_golden(golden, folder / GOLDEN_FILE)
        if card is not None:
            save_card(card, folder)
        _delete(_bentoml().models, tag)
        return Release(
            **facts.model_dump(),
            name=name,
            version=version,
            model_tag=tag,
            scorer_sha256=scorer_digest(folder / SCORER_FOLDER),
            golden_sha256=golden_digest(folder / GOLDEN_FILE),
            card_sha256=card_digest(card) if card else None,
        )


def release_tag(name: str, version: str, token: str) -> str:
    """The tag ``NAME:VERSION-TOKEN`` of a release's model and of its Bento.

    Raises:
        ReleaseError: BentoML does not take it.
    """
    try:
        return str(_bentoml().Tag(name, f"{version}-{token}"))
    except ValueError as error:
        raise ReleaseError(f"{error}; change the config's name") from error


def build_bento(bundle: Bundle, name: str, version: str | None = None) -> str:
    """Build the Bento that serves exactly the models of a bundle, which are in the store.

    No network, no Docker. What the store has under the tag is replaced.

    Args:
        bundle: what it serves, and how.
        name: of the Bento.
        version: of the Bento; None: the version of its first model.

    Returns:
        The exact tag of the Bento.

    Raises:
        ReleaseError: the build failed; no Bento is left behind.
    """
    first = bundle.releases[0]
    tag = f"{name}:{version or first.model_tag.partition(':')[2]}"
    labels = first.lineage | {"model_tags": " ".join(r.model_tag for r in bundle.releases)}
    with _nothing_left(tag):
        _delete(_bentoml().bentos, tag)
        _build(bundle, tag, labels)
    return tag


@contextmanager
def _nothing_left(tag: str) -> Iterator[None]:
    """Removes what failed half-way; a failure of BentoML's becomes ours."""
    try:
        yield
    except BaseException as error:
        delete_bento(tag)
        if isinstance(error, Exception):
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise ReleaseError(
                f"{tag} could not be packed ({reason}); is there room in BENTOML_HOME?"
            ) from error
        raise


def delete_bento(tag: str) -> None:
    """Remove a Bento and its model; what is not there is left at that."""
    bentoml = _bentoml()
    for store in (bentoml.bentos, bentoml.models):
        _delete(store, tag)


def bento_folder(tag: str) -> Path:
    """Where this machine's store keeps the Bento of this exact tag.

    Raises:
        ReleaseError: it does not.
    """
    if not bento_exists(tag):
        raise ReleaseError(f"Bento {tag} is not in this machine's store; run its config again")
    return _stored("bentos", tag)


def bento_exists(tag: str) -> bool:
    """Whether this machine's store holds the Bento of this exact tag, and its model.

    A kill while one of them is written leaves it without its own description, or with an empty one.
    BentoML would read that whole to answer, which takes 30 ms for a Bento.
    """
    files = (_stored("bentos", tag) / "bento.yaml", _stored("models", tag) / "model.yaml")
    return all(file.is_file() and file.stat().st_size for file in files)


def _stored(kind: str, tag: str) -> Path:
    name, _, version = tag.partition(":")
    return bentoml_home() / kind / name / version


@cache
def serving_sources(besides: Sequence[str] = ()) -> tuple[Path, ...]:
    """The project files of the service and the modules ``besides``, relative to the root."""
    finder = ModuleFinder(path=[str(ROOT)])
    finder.run_script(str(ROOT / ENTRY))
    for module in besides:
        finder.import_hook(module)
    files = (getattr(module, "__file__", None) for module in finder.modules.values())
    return tuple(sorted(Path(file).relative_to(ROOT) for file in files if file))


def _delete(store: Any, tag: str) -> None:
    # Not there; or gone, and then a half-written neighbour could not be listed.
    with suppress(_bentoml().exceptions.BentoMLException):
        store.delete(tag)


def _bentoml():  # type: ignore[no-untyped-def]  # bentoml's modules are resolved lazily
    # BentoML reads it once, at its first event.
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
    import bentoml

    return bentoml


def _build(bundle: Bundle, tag: str, labels: dict[str, str]) -> None:
    # BentoML imports the service by name while it builds. Here it gets this checkout's, and the
    # process keeps no module of a folder that is about to go.
    import_module(SERVICE.partition(":")[0])
    name, _, version = tag.partition(":")
    with tempfile.TemporaryDirectory(prefix="gatehouse-bento-") as context:
        _write_context(Path(context), bundle)
        _bentoml().bentos.build(
            SERVICE,
            name=name,
            version=version,
            labels=labels,
            description=", ".join(f"{r.name} {r.version}" for r in bundle.releases),
            models=[release.model_tag for release in bundle.releases],
            python={"requirements_txt": LOCK.name, "lock_packages": False},
            build_ctx=context,
        )


def _write_context(context: Path, bundle: Bundle) -> None:
    models = [load_model(_scorer_folder(release)) for release in bundle.releases]
    pickled = any(isinstance(model, PickledModel) for model in models)
    besides = (*PICKLED_MODULES, TRANSFORMER_MODULE) if pickled else ()
    for source in (*serving_sources(besides), *PAGE_FILES):
        (context / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, context / source)
    (context / RELEASE_FILE).write_text(bundle.model_dump_json(indent=2) + "\n")
    (context / LOCK.name).write_text(_joined(_locks(models)))


def _locks(models: Sequence[ServedModel]) -> list[Path]:
    """Of what the models need to be served."""
    pickled = [model for model in models if isinstance(model, PickledModel)]
    needed = {
        ESTIMATOR_LOCK: bool(pickled),
        LEMMAS_LOCK: any(model.cleaning.lemmatize for model in models),
        XGBOOST_LOCK: any(XGBOOST in model.libraries for model in pickled),
        TRANSFORMERS_LOCK: any({*TRANSFORMERS} <= {*model.libraries} for model in pickled),
    }
    return [LOCK, *(lock for lock, is_needed in needed.items() if is_needed)]


def _scorer_folder(release: Release) -> Path:
    return Path(_bentoml().models.get(release.model_tag).path_of(SCORER_FOLDER))


def _joined(locks: list[Path]) -> str:
    """One requirements file; a distribution that several locks hold is there once."""
    pinned: dict[str, str] = {}
    for lock in locks:
        for block in re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE):
            requirement = block.partition(" ")[0]
            pinned.setdefault(requirement + block.partition("\n")[0], block)
    return "".join(pinned.values())
