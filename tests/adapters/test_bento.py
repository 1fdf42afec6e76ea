"""Real builds in a BentoML home of the test's own."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import bentoml
import pytest
import yaml

from adapters.bento import build_bento, delete_bento, serving_sources
from core.errors import ReleaseError
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from core.release import Release
from tests.serving import FACTS, Fitted

pytestmark = pytest.mark.integration

LABELS = {"run_id": "run-1", "data_fingerprint": "f" * 64}


def build(fitted: Fitted, name: str = "news", version: str = "3") -> str:
    return build_bento(
        name=name,
        version_label=version,
        scorer_folder=fitted.scorer_folder,
        release=FACTS,
        labels=LABELS,
    )


def left_behind() -> list[str]:
    return [str(item.tag) for item in (*bentoml.bentos.list(), *bentoml.models.list())]


def test_a_bento_holds_its_release_and_only_what_serving_needs(
    bentoml_home: Path, fitted: Fitted
) -> None:
    tag = build(fitted)
    folder = Path(bentoml.bentos.get(tag).path)
    release = Release.model_validate_json((folder / "src/release.json").read_bytes())
    assert release.model_dump(include=set(FACTS.model_dump())) == FACTS.model_dump()
    assert (release.name, release.version, release.model_tag) == ("news", "3", tag)
    assert release.scorer_sha256 == scorer_digest(fitted.scorer_folder)
    packed = {str(p.relative_to(folder / "src")) for p in folder.glob("src/**/*.py")}
    assert packed == set(map(str, serving_sources()))
    assert not any("config" in path or "export" in path for path in packed)


def test_bento_and_model_are_pinned_and_labelled(bentoml_home: Path, fitted: Fitted) -> None:
    tag = build(fitted)
    bento = yaml.safe_load((Path(bentoml.bentos.get(tag).path) / "bento.yaml").read_text())
    assert [model["tag"] for model in bento["models"]] == [tag]
    assert bento["labels"] == {**LABELS, "model_tag": tag}
    assert bentoml.models.get(tag).info.labels == {**LABELS, "model_tag": tag}


def test_requirements_are_the_serving_lock(bentoml_home: Path, fitted: Fitted) -> None:
    folder = Path(bentoml.bentos.get(build(fitted)).path)
    requirements = (folder / "env/python/requirements.txt").read_text()
    assert "fastapi==" in requirements
    assert "--hash=sha256:" in requirements
    assert "scikit-learn" not in requirements


def test_the_same_release_twice_gives_two_bentos(bentoml_home: Path, fitted: Fitted) -> None:
    first, second = build(fitted), build(fitted)
    assert first != second
    assert sorted(left_behind()) == sorted([first, first, second, second])
    assert str(bentoml.bentos.get("news:latest").tag) == second


def test_deleting_removes_both_and_may_be_repeated(bentoml_home: Path, fitted: Fitted) -> None:
    kept, gone = build(fitted), build(fitted)
    delete_bento(gone)
    delete_bento(gone)
    assert left_behind() == [kept, kept]


def test_building_leaves_the_process_as_it_was(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = list(sys.path)
    build(fitted)
    assert Path.cwd() == tmp_path
    assert sys.path == paths
    service = sys.modules["service.service"].__file__
    assert service
    assert Path(service).exists()


def test_a_lemmatizing_scorer_brings_its_library(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path
) -> None:
    spec = load_scorer(fitted.scorer_folder).spec
    save_scorer(replace(spec, cleaning=replace(spec.cleaning, lemmatize=True)), tmp_path)
    folder = Path(bentoml.bentos.get(build(replace(fitted, scorer_folder=tmp_path))).path)
    requirements = (folder / "env/python/requirements.txt").read_text()
    assert "simplemma==" in requirements
    assert "fastapi==" in requirements


def test_a_failed_build_leaves_nothing(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.bento.LOCK", Path("requirements/absent.lock"))
    with pytest.raises(ReleaseError, match="could not be built"):
        build(fitted)
    assert left_behind() == []


def test_an_interrupted_build_leaves_nothing(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    copytree = shutil.copytree

    def interrupted(source: Path, target: Path, *rest: Any, **options: Any) -> Path:
        # The last act of a build: the Bento's folder is already in the store.
        if "bentos" in Path(target).parts:
            raise KeyboardInterrupt
        return copytree(source, target, *rest, **options)

    monkeypatch.setattr(shutil, "copytree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(fitted)
    assert left_behind() == []


@pytest.mark.parametrize(("name", "version"), [("news_", "3"), ("news", "v 3"), ("n" * 80, "3")])
def test_a_name_that_bentoml_refuses(
    bentoml_home: Path, fitted: Fitted, name: str, version: str
) -> None:
    with pytest.raises(ReleaseError, match="not a valid BentoML tag"):
        build(fitted, name, version)
    assert left_behind() == []
