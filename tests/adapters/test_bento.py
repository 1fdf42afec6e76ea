"""Real models and real builds in a BentoML home of the test's own."""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bentoml
import pytest
import yaml

from adapters.bento import (
    bento_exists,
    build_bento,
    delete_bento,
    release_tag,
    serving_sources,
    store_model,
)
from core.config.candidates import RandomForestCandidate
from core.config.data import PreprocessingConfig
from core.errors import ReleaseError
from core.models.build import build_estimator
from core.models.card import Card, load_card
from core.models.golden import load_golden
from core.models.scorer.estimator import PICKLED_MODULES
from core.models.scorer.export import export_model
from core.models.scorer.spec import ScorerSpec, ServedModel
from core.models.scorer.storage import load_scorer, scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER, Bundle, Release
from tests.serving import FACTS, LABELS, LINEAGE, SETTINGS, Fitted, headlines
from tests.tables import fit_table

pytestmark = pytest.mark.integration


CARD = Card(html="<p>News, naïvely</p>", markdown="# News, naïvely\n")


def store(
    fitted: Fitted,
    *,
    name: str = "news",
    version: str = "3",
    token: str = "0a1b2c3d",
    model: ServedModel | None = None,
    card: Card | None = None,
) -> Release:
    return store_model(
        name=name,
        version=version,
        token=token,
        scorer=model or fitted.model,
        golden=fitted.golden,
        facts=FACTS,
        card=card,
    )


def build(*releases: Release, name: str = "news") -> Path:
    tag = build_bento(Bundle(releases=releases, serving=SETTINGS), name)
    return Path(bentoml.bentos.get(tag).path)


def left_behind() -> list[str]:
    return [str(item.tag) for item in (*bentoml.bentos.list(), *bentoml.models.list())]


def requirements(bento: Path) -> str:
    return (bento / "env/python/requirements.txt").read_text()


def test_a_stored_model_is_what_its_record_says(bentoml_home: Path, fitted: Fitted) -> None:
    release = store(fitted)
    folder = Path(bentoml.models.get(release.model_tag).path)
    assert (release.name, release.version) == ("news", "3")
    assert release.model_dump(include=set(FACTS.model_dump())) == FACTS.model_dump()
    assert release.scorer_sha256 == scorer_digest(folder / SCORER_FOLDER)
    assert release.scorer_sha256 == scorer_digest(fitted.scorer_folder)
    assert load_golden(folder / GOLDEN_FILE) == fitted.golden
    assert load_scorer(folder / SCORER_FOLDER).labels == LABELS


def test_a_bento_holds_its_releases_and_only_what_serving_needs(
    bentoml_home: Path, fitted: Fitted
) -> None:
    release = store(fitted)
    bento = build(release)
    bundle = Bundle.model_validate_json((bento / "src/release.json").read_bytes())
    assert bundle == Bundle(releases=(release,), serving=SETTINGS)
    packed = {str(path.relative_to(bento / "src")) for path in bento.glob("src/**/*.py")}
    assert packed == set(map(str, serving_sources()))
    assert not any("config" in path or "export" in path for path in packed)
    assert (bento / "src/service/page/index.html").is_file()


def test_bento_and_model_are_pinned_and_labelled(bentoml_home: Path, fitted: Fitted) -> None:
    release = store(fitted)
    bento = yaml.safe_load((build(release) / "bento.yaml").read_text())
    assert [model["tag"] for model in bento["models"]] == [release.model_tag]
    assert bento["labels"] == {**LINEAGE, "model_tags": release.model_tag}
    assert bentoml.models.get(release.model_tag).info.labels == LINEAGE


def test_requirements_are_the_serving_lock(bentoml_home: Path, fitted: Fitted) -> None:
    lock = requirements(build(store(fitted)))
    assert "uvicorn==" in lock
    assert "--hash=sha256:" in lock
    assert not re.search(r"^(scikit-learn|pandas|zenml|mlflow|pyarrow)==", lock, re.MULTILINE)


@pytest.mark.parametrize("model", ["hist_gradient_boosting", "xgboost"])
def test_a_table_model_comes_with_what_its_pickle_needs(bentoml_home: Path, model: str) -> None:
    made = fit_table(model)
    release = store_model(
        name="rows", version="1", token="a", scorer=made.model, golden=made.golden, facts=FACTS
    )
    bento = build(release, name="rows")
    packed = {str(path.relative_to(bento / "src")) for path in bento.glob("src/**/*.py")}
    assert {f"{name.replace('.', '/')}.py" for name in PICKLED_MODULES} <= packed
    assert not any(path.startswith(("core/config/", "core/data/")) for path in packed)
    lock = requirements(bento)
    assert len(re.findall(r"^scikit-learn==", lock, re.MULTILINE)) == 1
    assert len(re.findall(r"^numpy==", lock, re.MULTILINE)) == 1
    assert len(re.findall(r"^xgboost-cpu==", lock, re.MULTILINE)) == (model == "xgboost")
    assert "pandas==" not in lock


def test_a_bento_of_several_models(bentoml_home: Path, fitted: Fitted) -> None:
    releases = store(fitted), store(fitted, name="other")
    bento = yaml.safe_load((build(*releases, name="both") / "bento.yaml").read_text())
    assert {model["tag"] for model in bento["models"]} == {r.model_tag for r in releases}


def test_a_tag_is_known_before(bentoml_home: Path, fitted: Fitted) -> None:
    release = store(fitted, token="ffffffff")
    assert release.model_tag == "news:3-ffffffff" == release_tag("news", "3", "ffffffff")


def test_the_card_travels_beside_the_scorer(bentoml_home: Path, fitted: Fitted) -> None:
    release = store(fitted, card=CARD)
    assert release.card_sha256 is not None
    assert load_card(Path(bentoml.models.get(release.model_tag).path), release.card_sha256) == CARD
    assert store(fitted, token="without").card_sha256 is None


@pytest.mark.parametrize("lost", ["model.yaml", "scorer", "golden.json"])
def test_what_was_lost_can_be_made_again(bentoml_home: Path, fitted: Fitted, lost: str) -> None:
    release = store(fitted, card=CARD)
    bento = build(release)
    before = (bento / "src/release.json").read_bytes()
    folder = Path(bentoml.models.get(release.model_tag).path)
    shutil.rmtree(folder / lost) if (folder / lost).is_dir() else (folder / lost).unlink()
    (bento / "bento.yaml").unlink()
    assert not bento_exists(release.model_tag)
    (bento / "bento.yaml").touch()  # killed before it was written
    assert not bento_exists(release.model_tag)

    assert store(fitted, card=CARD) == release
    assert (build(release) / "src/release.json").read_bytes() == before
    assert bento_exists(release.model_tag)
    assert left_behind() == [release.model_tag] * 2
    assert {file.name for file in folder.iterdir()} >= {"model.yaml", "scorer", "golden.json"}


def test_a_half_written_neighbour_is_in_nobodys_way(bentoml_home: Path, fitted: Fitted) -> None:
    kept = store(fitted, token="kept")
    half = bentoml_home / "models" / "news" / "3-half"
    shutil.copytree(half.with_name("3-kept"), half)
    (half / "model.yaml").unlink()
    assert not bento_exists("news:3-half")
    assert store(fitted, token="new") != kept
    delete_bento(kept.model_tag)
    delete_bento("news:3-half")
    delete_bento("news:3-new")
    assert left_behind() == []


def test_deleting_removes_both_and_may_be_repeated(bentoml_home: Path, fitted: Fitted) -> None:
    kept, gone = store(fitted, token="kept"), store(fitted, token="gone")
    build(kept)
    build(gone)
    delete_bento(gone.model_tag)
    delete_bento(gone.model_tag)
    assert left_behind() == [kept.model_tag, kept.model_tag]


def test_building_leaves_the_process_as_it_was(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = list(sys.path)
    build(store(fitted))
    assert Path.cwd() == tmp_path
    assert sys.path == paths
    service = sys.modules["service.service"].__file__
    assert service
    assert Path(service).exists()


def test_a_lemmatizing_scorer_brings_its_library(bentoml_home: Path, fitted: Fitted) -> None:
    assert isinstance(fitted.model, ScorerSpec)
    cleaning = replace(fitted.model.cleaning, lemmatize=True)
    lock = requirements(build(store(fitted, model=replace(fitted.model, cleaning=cleaning))))
    assert "simplemma==" in lock
    assert "uvicorn==" in lock


def test_an_estimator_brings_its_library_and_our_part_of_it(
    bentoml_home: Path, fitted: Fitted
) -> None:
    candidate = RandomForestCandidate(name="forest", model="random_forest")
    estimator = build_estimator(candidate, PreprocessingConfig(), seed=0)
    model = export_model(estimator.fit(*headlines(60, seed=1)), LABELS)
    bento = build(store(fitted, model=model))
    lock = requirements(bento)
    assert len(re.findall(r"^scikit-learn==", lock, re.MULTILINE)) == 1
    assert len(re.findall(r"^numpy==", lock, re.MULTILINE)) == 1
    assert "uvicorn==" in lock
    for module in ("core/models/cleaner.py", "core/models/vectorizers.py", "service/service.py"):
        assert (bento / "src" / module).is_file()


def test_a_failed_build_leaves_nothing(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = store(fitted)
    monkeypatch.setattr("adapters.bento.LOCK", Path("requirements/absent.lock"))
    with pytest.raises(ReleaseError, match="could not be packed"):
        build(release)
    assert left_behind() == []


@pytest.mark.parametrize("store_name", ["models", "bentos"])
def test_an_interruption_leaves_nothing(
    bentoml_home: Path, fitted: Fitted, monkeypatch: pytest.MonkeyPatch, store_name: str
) -> None:
    replaced: Callable[..., Any] = shutil.copytree

    def interrupted(source: Path, target: Path, *rest: Any, **options: Any) -> Any:
        # The last act: the folder is already in the store.
        if store_name in Path(target).parts:
            raise KeyboardInterrupt
        return replaced(source, target, *rest, **options)

    monkeypatch.setattr(shutil, "copytree", interrupted)
    if store_name == "models":
        monkeypatch.setattr(
            "adapters.bento.save_golden", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
    with pytest.raises(KeyboardInterrupt):
        build(store(fitted))
    assert left_behind() == []


@pytest.mark.parametrize(("name", "version"), [("news_", "3"), ("news", "v 3"), ("n" * 80, "3")])
def test_a_name_that_bentoml_refuses(
    bentoml_home: Path, fitted: Fitted, name: str, version: str
) -> None:
    with pytest.raises(ReleaseError, match="not a valid BentoML tag"):
        store(fitted, name=name, version=version)
    assert left_behind() == []
