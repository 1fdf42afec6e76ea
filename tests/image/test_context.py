"""What scripts/image.py hands to a builder, and what it refuses."""

from pathlib import Path

import bentoml
import pytest
import yaml

from adapters.bento import build_bento, store_model
from core.release import Bundle
from scripts.image import ImageError, choose_builder, write_context, write_secrets
from tests.serving import FACTS, LINEAGE, SETTINGS, Fitted, bentoml_home

__all__ = ["bentoml_home"]
PIP_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT")


@pytest.fixture
def bento(bentoml_home: Path, fitted: Fitted) -> str:
    release = store_model(
        name="news",
        version="3",
        token="a",
        scorer=fitted.model,
        golden=fitted.golden,
        facts=FACTS,
    )
    return build_bento(Bundle(releases=(release,), serving=SETTINGS), "news")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (folder := tmp_path / "folder").mkdir()
    return folder


@pytest.fixture
def plain_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PIP_VARIABLES, "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.integration
def test_the_context_holds_the_newest_bento_and_its_lock(bento: str, folder: Path) -> None:
    labels = write_context("news:latest", folder)
    assert labels["org.opencontainers.image.version"] == bento.partition(":")[2]
    assert labels["gatehouse.run_id"] == LINEAGE["run_id"]
    assert (folder / "bento/bento.yaml").is_file()
    packed = Path(bentoml.bentos.get(bento).path) / "src/serving.lock"
    assert (folder / "serving.lock").read_text() == packed.read_text()
    assert {path.name for path in folder.iterdir()} == {
        *("bento", "serving.lock", "sbom.lock", "Dockerfile")
    }


@pytest.mark.integration
def test_a_bento_without_a_lock_is_refused(bento: str, folder: Path) -> None:
    path = Path(bentoml.bentos.get(bento).path) / "src/bentofile.yaml"
    content = yaml.safe_load(path.read_text())
    content["python"]["requirements_txt"] = None
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ImageError, match=f"Bento {bento} has no lock"):
        write_context(bento, folder)


def test_a_missing_bento_is_named_with_those_that_are_there(
    bentoml_home: Path, folder: Path
) -> None:
    with pytest.raises(ImageError, match=r"no Bento other:1: .*make quickstart.*: none$"):
        write_context("other:1", folder)
    assert list(folder.iterdir()) == []


def test_pip_settings_become_secrets(
    plain_pip: None, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    certificates = folder.parent / "bundle.pem"
    certificates.write_text("a certificate")
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@example.org/simple")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates))
    options = write_secrets(folder)
    assert options == [f"--secret=id=ca,src={folder}/ca", f"--secret=id=pip,src={folder}/pip"]
    assert (folder / "ca").read_text() == "a certificate"
    assert (folder / "pip").read_text().splitlines() == [
        "[global]",
        "index-url = https://me:secret@example.org/simple",
        "cert = /run/secrets/ca",
    ]


def test_without_pip_settings_pip_has_its_defaults(plain_pip: None, tmp_path: Path) -> None:
    write_secrets(tmp_path)
    assert (tmp_path / "pip").read_text() == "[global]\n"


def test_a_builder_that_does_not_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match=r"^docker does not work here"):
        choose_builder("docker")
    with pytest.raises(ImageError, match=r"^none of docker, podman, buildah"):
        choose_builder(None)
    program.write_text("#!/bin/sh\nexit 0\n")
    assert choose_builder(None) == "docker"
