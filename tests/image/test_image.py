"""What lies in the image, and what it tells about itself."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.image.conftest import TRACE, Image
from tests.serving import LINEAGE

pytestmark = [pytest.mark.integration, pytest.mark.served]
MEGABYTE = 1_000_000
FORBIDDEN = {
    *("zenml", "mlflow", "mlflow-skinny", "pandas", "pyarrow", "scikit-learn", "scipy"),
    *("evidently", "great-expectations", "pip", "setuptools", "pytest", "cyclonedx-bom"),
}


def size(tree: Path) -> int:
    """Bytes of the files below a folder, as in a layer: hard links count once."""
    stats = [(Path(place) / name).lstat() for place, _, names in os.walk(tree) for name in names]
    return sum({stat.st_ino: stat.st_size for stat in stats}.values())


def test_it_runs_as_a_user_without_rights(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    writable = [
        path
        for place, folders, files in os.walk(image.root / "opt")
        for path in (Path(place, name) for name in (*folders, *files))
        if not path.is_symlink() and (path.stat().st_uid != 0 or path.stat().st_mode & 0o022)
    ]
    assert writable == []


def test_it_starts_the_bento_and_checks_its_health(image: Image) -> None:
    config = image.config
    assert config["Entrypoint"] == ["bentoml", "serve", "/opt/bento"]
    assert config["Healthcheck"]["Test"][:2] == ["CMD", "python"]
    assert "/health" in config["Healthcheck"]["Test"][-1]
    assert config["StopSignal"] == "SIGTERM"
    assert list(config["ExposedPorts"]) == ["3000/tcp"]
    assert list(config["Volumes"]) == ["/var/log/gatehouse"]


def test_its_labels_tell_where_it_comes_from(image: Image) -> None:
    labels = image.config["Labels"]
    name, _, version = image.bento.partition(":")
    standard = {"title": name, "version": version, "revision": LINEAGE["git_commit"]}
    for key, value in standard.items():
        assert labels[f"org.opencontainers.image.{key}"] == value
    assert labels["org.opencontainers.image.created"].endswith("+00:00")
    assert {key: labels[f"gatehouse.{key}"] for key in LINEAGE} == LINEAGE


def test_it_holds_only_what_serving_needs(image: Image) -> None:
    installed = image.installed()
    assert {"bentoml", "numpy", "pydantic", "uvloop"} <= set(installed)
    assert not FORBIDDEN & {name.lower() for name in installed}


def test_the_sbom_lists_what_is_installed(image: Image) -> None:
    text = image.sbom.read_text(encoding="utf-8")
    assert text == (image.root / "usr/share/sbom/sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {part["name"]: part["version"] for part in json.loads(text)["components"]}
    assert listed == image.installed()


def test_it_is_small(image: Image) -> None:
    whole, base = size(image.root), size(image.base)
    assert whole < 320 * MEGABYTE
    assert whole - base < 190 * MEGABYTE


def test_the_build_leaves_no_trace_of_the_package_index(image: Image) -> None:
    assert TRACE not in str(image.config)
    search = ["grep", "--recursive", "--files-with-matches", "--fixed-strings", TRACE]
    found = subprocess.run([*search, str(image.root)], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
    assert not (image.root / "run/secrets").exists()
