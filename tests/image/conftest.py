"""One image of one small Bento for all tests in this folder."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from adapters.bento import build_bento, delete_bento, store_model
from core.release import Bundle
from tests.image.storage import BASE, Storage, base_tree, missing, run
from tests.serving import FACTS, SETTINGS, Fitted, fitted

__all__ = ["fitted"]
ROOT = Path(__file__).parents[2]
# A setting of pip's that changes nothing, and must not be found in the image.
TRACE = "gatehouse-trace.invalid"


@dataclass(frozen=True)
class Image:
    """A built image: what Docker knows about it, its tree, the tree of its base."""

    bento: str
    config: Any
    root: Path
    base: Path
    sbom: Path

    def installed(self) -> dict[str, str]:
        """Versions of the distributions in the tree."""
        folders = self.root.glob("opt/venv/lib/python3.*/site-packages")
        return {found.name: found.version for found in distributions(path=[*map(str, folders)])}


@pytest.fixture(scope="session")
def image(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if reason := missing():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("image")
    base, storage = base_tree(folder), Storage(folder / "storage")
    bento = _build_bento(fitted)
    try:
        storage.create(base)
        command = (sys.executable, ROOT / "scripts" / "image.py", bento)
        options = ("--builder=buildah", f"--base={BASE}", f"--output={folder}")
        printed = run(
            *command, *options, environment=storage.environment | {"PIP_TRUSTED_HOST": TRACE}
        )
        assert printed.endswith(f" {bento}\n"), printed
        root = storage.tree(bento)
        yield Image(bento, storage.config(bento), root, base, folder / "sbom.cdx.json")
    finally:
        delete_bento(bento)
        storage.remove()
        shutil.rmtree(folder)


def _build_bento(fitted: Fitted) -> str:
    release = store_model(
        name="boxed",
        version="1",
        token="a",
        scorer=fitted.model,
        golden=fitted.golden,
        facts=FACTS,
    )
    return build_bento(Bundle(releases=(release,), serving=SETTINGS), "boxed")
