"""What the tests of serving share: a real fitted model, its scorer, and a BentoML home."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import LogisticRegressionCandidate
from core.config.data import PreprocessingConfig
from core.config.models import VectorizerConfig
from core.models.build import build_estimator
from core.models.golden import Golden, golden_digest, golden_texts, make_golden, save_golden
from core.models.scorer.export import export_model, vocabulary
from core.models.scorer.spec import ServedModel
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest
from core.release import GOLDEN_FILE, SCORER_FOLDER, Bundle, Release, ReleaseFacts
from core.serving import ServingSettings

LABELS = ("World", "Sports", "Business")
WORDS = (
    ["minister", "treaty", "border", "election", "embassy", "ceasefire"],
    ["striker", "goal", "league", "coach", "playoff", "stadium"],
    ["shares", "profit", "merger", "bank", "quarterly", "inflation"],
)
LINEAGE = {
    "run_id": "run-1",
    "config_hash": "c" * 64,
    "data_fingerprint": "d" * 64,
    "trained_at": "2026-01-02T03:04:05+00:00",
    "git_commit": "a" * 40,
}
FACTS = ReleaseFacts(
    metrics={"test": {"accuracy": 0.9}}, lineage=LINEAGE, released_at="2026-01-02T03:05:00+00:00"
)
SETTINGS = ServingSettings(max_batch=5, max_characters=400)


@dataclass(frozen=True)
class Fitted:
    """An estimator, what is served of it, and texts it was not fitted on."""

    estimator: Pipeline
    model: ServedModel
    golden: Golden
    folder: Path
    texts: list[str]

    @property
    def scorer_folder(self) -> Path:
        """What ``save_scorer`` wrote."""
        return self.folder / SCORER_FOLDER

    def release(self, name: str = "news", version: str = "3", tag: str | None = None) -> Release:
        """The record that names these bytes."""
        return Release(
            **FACTS.model_dump(),
            name=name,
            version=version,
            model_tag=tag or f"{name}:{version}-abc",
            scorer_sha256=scorer_digest(self.scorer_folder),
            golden_sha256=golden_digest(self.folder / GOLDEN_FILE),
        )

    def bundle(self, settings: ServingSettings = SETTINGS) -> Bundle:
        """A bundle of this model alone."""
        return Bundle(releases=(self.release(),), serving=settings)


def headlines(rows: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Six words each, most of them of the row's own class."""
    rng = np.random.default_rng(seed)
    ids = np.arange(rows, dtype=np.int64) % len(LABELS)
    topics = np.where(rng.random((rows, 6)) < 0.7, ids[:, None], rng.integers(3, size=(rows, 6)))
    texts = [" ".join(WORDS[topic][rng.integers(6)] for topic in row) for row in topics]
    return texts, ids


def fit(folder: Path, seed: int) -> Fitted:
    """Fit on seeded headlines; ``folder`` gets ``scorer/`` and ``golden.json``."""
    candidate = LogisticRegressionCandidate(
        name="lr", model="logistic_regression", vectorizer=VectorizerConfig(ngram_range=(1, 2))
    )
    texts, ids = headlines(300, seed)
    estimator = build_estimator(candidate, PreprocessingConfig(), seed=0).fit(texts, ids)
    model = export_model(estimator, LABELS)
    save_scorer(model, folder / SCORER_FOLDER)
    scorer = load_scorer(folder / SCORER_FOLDER)
    asked = golden_texts(vocabulary(estimator), seed)
    golden = make_golden(estimator.predict_proba(asked), scorer, asked)
    save_golden(golden, folder / GOLDEN_FILE)
    return Fitted(estimator, model, golden, folder, headlines(40, seed + 1)[0])


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fit(tmp_path_factory.mktemp("fitted"), seed=1)


@contextmanager
def own_bentoml_home(home: Path) -> Iterator[Path]:
    """An empty BentoML home, also for a process in which BentoML has already fixed another."""
    from bentoml._internal.bento import BentoStore
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    places = {name: home / name for name in ("bentos", "models", "tmp")}
    for place in places.values():
        place.mkdir(parents=True)
    overrides = {
        BentoMLContainer.bentoml_home: str(home),
        BentoMLContainer.tmp_bento_store_dir: str(places["tmp"]),
        BentoMLContainer.bento_store: BentoStore(places["bentos"]),
        BentoMLContainer.model_store: ModelStore(places["models"]),
    }
    # Before the environment changes: BentoML makes what it has not made yet from that.
    before = {provider: provider.get() for provider in overrides}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        for provider, value in overrides.items():
            provider.set(value)
        yield home
        for provider, value in before.items():
            provider.set(value)


@pytest.fixture
def bentoml_home(tmp_path: Path) -> Iterator[Path]:
    """An empty BentoML home."""
    with own_bentoml_home(tmp_path / "bentoml") as home:
        yield home
