"""Builds the container image of a Bento with docker, podman or buildah.

Usage: ``.venv/bin/python scripts/image.py [NAME:VERSION] [--builder NAME] [--base IMAGE]``. For a
package index of your own, set pip's variables; they reach the build as secrets and stay out of the
image: ``PIP_INDEX_URL``, ``PIP_EXTRA_INDEX_URL``, ``PIP_TRUSTED_HOST``, ``PIP_CERT`` (or
``SSL_CERT_FILE``).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILDERS = ("docker", "podman", "buildah")
PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host")
SBOM = "/usr/share/sbom/sbom.cdx.json"
CA_IN_BUILD = "/run/secrets/ca"
RUN = (
    "run --rm --init --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
    " -p 127.0.0.1:3000:3000"
)


class ImageError(Exception):
    """The image can't be built; the message names the fix."""


def write_context(bento: str, folder: Path) -> dict[str, str]:
    """Export a Bento into a build context for the Dockerfile.

    Args:
        bento: a tag in BentoML's store; ``NAME:latest`` is the newest.
        folder: an empty folder.

    Returns:
        The image's labels; among them the Bento's exact tag and the model's lineage.

    Raises:
        ImageError: there is no such Bento, or it was not built by this project.
    """
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")
    import bentoml

    try:
        found = bentoml.bentos.get(bento)
    except bentoml.exceptions.NotFound as error:
        there = ", ".join(str(item.tag) for item in bentoml.bentos.list()) or "none"
        raise ImageError(
            f"there is no Bento {bento}: make quickstart, or BENTO=NAME:VERSION of these: {there}"
        ) from error
    bentoml.bentos.export_bento(found.tag, str(folder / "bento"), output_format="folder")
    source = folder / "bento" / "src"
    lock = yaml.safe_load((source / "bentofile.yaml").read_text())["python"]["requirements_txt"]
    if not lock:
        raise ImageError(f"Bento {found.tag} has no lock of its own: it was not built by Gatehouse")
    if "\ntransformers==" in (source / lock).read_text():
        raise ImageError(
            f"Bento {found.tag} serves a transformer, whose torch is in no lock, so there is no "
            "image of it: serve it where `make setup EXTRAS=transformers` was run"
        )
    shutil.copy(source / lock, folder / "serving.lock")
    shutil.copy(ROOT / "requirements" / "sbom.lock", folder)
    shutil.copy(ROOT / "Dockerfile", folder)
    return _labels(found.tag.name, found.tag.version or "", found.info.labels)


def _labels(name: str, version: str, lineage: dict[str, str]) -> dict[str, str]:
    standard = {
        "title": name,
        "description": f"Predictions of {name} over HTTP",
        "version": version,
        "revision": lineage.get("git_commit", ""),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return {f"org.opencontainers.image.{key}": value for key, value in standard.items()} | {
        f"gatehouse.{key}": value for key, value in lineage.items()
    }


def write_secrets(folder: Path) -> list[str]:
    """Put the environment's pip settings into files; gives the options that pass them on."""
    values = {key: os.environ.get(f"PIP_{key.replace('-', '_').upper()}") for key in PIP_SETTINGS}
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    if certificates:
        shutil.copy(certificates, folder / "ca")
        values["cert"] = CA_IN_BUILD
    lines = [f"{key} = {value}" for key, value in values.items() if value]
    (folder / "pip").write_text("\n".join(["[global]", *lines, ""]))
    return [f"--secret=id={file.name},src={file}" for file in sorted(folder.iterdir())]


def choose_builder(wanted: str | None) -> str:
    """The wanted builder, or the first that works here.

    Raises:
        ImageError: none works.
    """
    for name in [wanted] if wanted else BUILDERS:
        if shutil.which(name) and _succeeds(name, "info"):
            return name
    problem = f"{wanted} does not work" if wanted else f"none of {', '.join(BUILDERS)} works"
    raise ImageError(f"{problem} here: install it and start its service, or use another --builder")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def build(bento: str, builder: str, base: str | None) -> str:
    """Build the image of a Bento; gives the image's name.

    Raises:
        ImageError: there is no such Bento, or the builder fails.
    """
    with tempfile.TemporaryDirectory(prefix="gatehouse-image-") as place:
        context, secrets = Path(place, "context"), Path(place, "secrets")
        for folder in (context, secrets):
            folder.mkdir()
        labels = write_context(bento, context)
        name, version = (labels[f"org.opencontainers.image.{key}"] for key in ("title", "version"))
        image = f"{name}:{version}"
        options = [f"--tag={image}", *(f"--label={key}={value}" for key, value in labels.items())]
        if builder != "docker":
            # The OCI format has no HEALTHCHECK.
            options.append("--format=docker")
        if base:
            options.append(f"--build-arg=BASE={base}")
        _run(builder, "build", *options, *write_secrets(secrets), str(context))
    return image


def read_sbom(builder: str, image: str) -> bytes:
    """The list of what is installed in the image, as it lies there.

    Raises:
        ImageError: the builder fails.
    """
    if builder != "buildah":
        options = ("--rm", "--network=none", "--entrypoint=cat")
        return _run(builder, "run", *options, image, SBOM, capture=True)
    container = _run(builder, "from", image, capture=True).decode().strip()
    try:
        return _run(builder, "run", container, "--", "cat", SBOM, capture=True)
    finally:
        _run(builder, "rm", container, capture=True)


def _run(*command: str, capture: bool = False) -> bytes:
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    stdout = subprocess.PIPE if capture else None
    try:
        done = subprocess.run(command, check=True, env=environment, stdout=stdout)
    except subprocess.CalledProcessError as error:
        reason = f"{command[0]} failed (exit code {error.returncode}); see above"
        raise ImageError(reason) from error
    return bytes(done.stdout or b"")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns an exit code."""
    parser = argparse.ArgumentParser(description="Build the container image of a Bento.")
    parser.add_argument("bento", nargs="?", default="quickstart:latest", metavar="NAME:VERSION")
    parser.add_argument("--builder", choices=BUILDERS, help="default: the first that works here")
    parser.add_argument("--base", metavar="IMAGE", help="default: see the Dockerfile")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "image", metavar="FOLDER",
                        help="where the SBOM goes; default: build/image")  # fmt: skip
    options = parser.parse_args(arguments)
    try:
        builder = choose_builder(options.builder)
        image = build(options.bento, builder, options.base)
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / Path(SBOM).name).write_bytes(read_sbom(builder, image))
    except ImageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    # Podman sees what buildah built.
    runner = "podman" if builder == "buildah" else builder
    print(f"{image} is ready; its SBOM is in {options.output}\n\n{runner} {RUN} {image}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
