"""What the tests of the image need: a base without a registry, and buildah's storage of their own.

The base is Debian 12 with its Python 3.11 under the name of the official image. debootstrap makes
it, about 40 s; ``GATEHOUSE_IMAGE_CACHE`` names a folder that keeps it.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE = "docker.io/library/python:3.11-slim"
CACHE = "GATEHOUSE_IMAGE_CACHE"
MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROGRAMS = ("buildah", "debootstrap", "unshare")
# As in Debian's slim images.
SUPERFLUOUS = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man",
               "usr/share/locale", "usr/share/info")  # fmt: skip


def missing() -> str:
    """Why no image can be built here; empty if one can."""
    if os.geteuid():
        return "needs root, for buildah and debootstrap"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"needs {', '.join(absent)}: .ci/run installs them" if absent else ""


def base_tree(scratch: Path) -> Path:
    """The root folder of the base, from the cache or made now."""
    cache = Path(os.environ.get(CACHE) or scratch)
    tree = cache / "python-3.11-slim"
    if not tree.exists():
        part = cache / "part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        run("debootstrap", "--variant=minbase", "--include=python3,python3-venv",
            f"--keyring={KEYRING}", "bookworm", part, MIRROR)  # fmt: skip
        for name in SUPERFLUOUS:
            for entry in (part / name).iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        part.rename(tree)
    return tree


def run(*command: object, environment: dict[str, str] | None = None) -> str:
    """A program's output; its errors are shown when it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done.stdout


@dataclass(frozen=True)
class Storage:
    """Buildah's images and containers below one folder."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Makes buildah work in the folder; chroot works where there are no namespaces to have."""
        configuration = self.folder / "storage.conf"
        return {"CONTAINERS_STORAGE_CONF": str(configuration), "BUILDAH_ISOLATION": "chroot"}

    def create(self, tree: Path) -> None:
        """A new storage with nothing in it but the base."""
        self.folder.mkdir()
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver = "vfs"\n'
            f'graphroot = "{self.folder}/images"\nrunroot = "{self.folder}/run"\n'
        )
        container = self("from", "scratch")
        self("add", container, tree, "/")
        self("commit", "--rm", "--format=docker", container, BASE)

    def __call__(self, *arguments: object) -> str:
        """Run buildah."""
        return run("buildah", *arguments, environment=self.environment).strip()

    def config(self, image: str) -> Any:
        """What Docker knows about an image."""
        return json.loads(self("inspect", "--type=image", image))["Docker"]["config"]

    def tree(self, image: str) -> Path:
        """The root folder of a new container of an image."""
        return Path(self("mount", self("from", image)))

    def remove(self) -> None:
        """All of it."""
        if self.folder.exists():
            self("umount", "--all")
            shutil.rmtree(self.folder)
