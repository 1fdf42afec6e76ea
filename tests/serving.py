"""What the tests of serving share: a real fitted model, its scorer, and a BentoML home."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from core.config.candidates import LogisticRegressionCandidate, VectorizerConfig
from core.config.data import PreprocessingConfig
from core.models.build import build_estimator
from core.models.scorer.export import export_scorer
from core.models.scorer.storage import save_scorer
from core.release import Limits, ReleaseFacts

LABELS = ("World", "Sports", "Business")
WORDS = (
    ["minister", "treaty", "border", "election", "embassy", "ceasefire"],
    ["striker", "goal", "league", "coach", "playoff", "stadium"],
    ["shares", "profit", "merger", "bank", "quarterly", "inflation"],
)
FACTS = ReleaseFacts(
    metrics={"test": {"accuracy": 0.9}},
    lineage={"run_id": "run-1", "config_hash": "0" * 64},
    limits=Limits(max_batch=5, max_characters=400),
)


@dataclass(frozen=True)
class Fitted:
    """An estimator, its scorer's folder and texts it was not fitted on."""

    estimator: Pipeline
    scorer_folder: Path
    texts: list[str]


def headlines(rows: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Six words each, most of them of the row's own class."""
    rng = np.random.default_rng(seed)
    ids = np.arange(rows, dtype=np.int64) % len(LABELS)
    topics = np.where(rng.random((rows, 6)) < 0.7, ids[:, None], rng.integers(3, size=(rows, 6)))
    texts = [" ".join(WORDS[topic][rng.integers(6)] for topic in row) for row in topics]
    return texts, ids


def fit(folder: Path, seed: int) -> Fitted:
    """Fit on seeded headlines and save the scorer."""
    candidate = LogisticRegressionCandidate(
        name="lr", model="logistic_regression", vectorizer=VectorizerConfig(ngram_range=(1, 2))
    )
    texts, ids = headlines(300, seed)
    estimator = build_estimator(candidate, PreprocessingConfig(), seed=0).fit(texts, ids)
    save_scorer(export_scorer(estimator, LABELS), folder)
    return Fitted(estimator, folder, headlines(40, seed + 1)[0])


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    return fit(tmp_path_factory.mktemp("fitted") / "scorer", seed=1)


@pytest.fixture
def bentoml_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty BentoML home, also for a process in which BentoML has already fixed another."""
    from bentoml._internal.bento import BentoStore
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.models import ModelStore

    home = tmp_path / "bentoml"
    places = {name: home / name for name in ("bentos", "models", "tmp")}
    for place in places.values():
        place.mkdir(parents=True)
    monkeypatch.setenv("BENTOML_HOME", str(home))
    overrides = {
        BentoMLContainer.bentoml_home: str(home),
        BentoMLContainer.tmp_bento_store_dir: str(places["tmp"]),
        BentoMLContainer.bento_store: BentoStore(places["bentos"]),
        BentoMLContainer.model_store: ModelStore(places["models"]),
    }
    for provider, value in overrides.items():
        provider.set(value)
    yield home
    for provider in overrides:
        provider.reset()
