"""One release in memory, once it has proven to be what it says."""

import logging
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from math import isfinite
from pathlib import Path
from typing import Any

from core.errors import GatehouseError, ReleaseError
from core.features import Value
from core.models.card import Card, load_card
from core.models.golden import golden_digest, is_distribution, load_golden, replay
from core.models.scorer.protocol import MemberExplanation, Scorer
from core.models.scorer.storage import load_scorer
from core.release import GOLDEN_FILE, SCORER_FOLDER, Release
from service.forms import form_of

logger = logging.getLogger(__name__)

SELF_TEST = "Markets rally as the champions return home from orbit"
SELF_TEST_SECONDS = 1.0
# Longer inputs hardly come again, and a thousand of them would fill the memory.
CACHED_CHARACTERS = 1000
NUMBER_CHARACTERS = 8


class LoadedModel:
    """Answers with one release.

    Attributes:
        release: What it is.
        name: The model's name.
        version: Its version.
        labels: Class names by id; empty where a quantity is predicted.
        features: The columns of its rows; empty where it takes texts.
        target: Name of what it predicts.
        interval: Of a predicted quantity.
        form: How it is asked.
        card: Its model card, if it was released with one.
    """

    def __init__(
        self, release: Release, scorer: Scorer, cache_entries: int = 0, card: Card | None = None
    ) -> None:
        self.release = release
        self.name = release.name
        self.version = release.version
        self.labels = scorer.labels
        self.features = scorer.features
        self.target = scorer.target
        self.interval = scorer.interval
        self._names = tuple(feature.name for feature in scorer.features)
        self.form = form_of(scorer.features, scorer.labels)
        self.card = card
        self._scorer = scorer
        # No bound method of self in it: the model has to go as soon as nobody uses it.
        self._remembered = lru_cache(cache_entries)(partial(_outputs, scorer))
        self._tested_at, self._is_healthy = -SELF_TEST_SECONDS, False

    def predict(self, item: Any) -> list[float]:
        """Outputs of one text or plain row; the list is shared, so don't change it."""
        key, size = item, len(item)
        if self._names:
            # In our order: a shadow is asked with the row of its champion.
            key = tuple([item[name] for name in self._names])
            size = sum(map(_characters, key))
        return self._remembered(key) if size <= CACHED_CHARACTERS else _outputs(self._scorer, key)

    def predict_batch(self, items: Sequence[Any]) -> list[list[float]]:
        """Outputs of each text or plain row, in order."""
        rows: list[list[float]] = self._scorer.outputs(items).tolist()
        return rows

    def explain(self, item: Any, output_id: int) -> tuple[MemberExplanation, ...] | None:
        """Why a class or a quantity got its score; None if the model can't tell."""
        return self._scorer.explain(item, output_id)

    def is_answer(self, outputs: Sequence[float]) -> bool:
        """Whether these are probabilities that add up to 1, or else a finite quantity."""
        return is_distribution(outputs) if self.labels else all(map(isfinite, outputs))

    def is_healthy(self) -> bool:
        """Whether a prediction is an answer; asked again once a second at most."""
        if time.monotonic() - self._tested_at >= SELF_TEST_SECONDS:
            self._is_healthy = self._passes_test()
            self._tested_at = time.monotonic()
        return self._is_healthy

    def _passes_test(self) -> bool:
        try:
            example = tuple(feature.example for feature in self.features)
            return self.is_answer(_outputs(self._scorer, example or SELF_TEST))
        except Exception:
            logger.exception("%s version %s fails its self-test", self.name, self.version)
            return False


def load_model(release: Release, folder: Path, cache_entries: int = 0) -> LoadedModel:
    """Load a release and prove it.

    Args:
        release: What it has to be.
        folder: Of the model in a store: ``scorer/``, ``golden.json`` and the card's files.
        cache_entries: Answers to keep for inputs that come again.

    Raises:
        ReleaseError: bytes are missing or not the release's, or its golden answers or self-test
            come out wrong.
    """
    tag = release.model_tag
    try:
        _require(GOLDEN_FILE, golden_digest(folder / GOLDEN_FILE), release.golden_sha256)
        scorer = load_scorer(folder / SCORER_FOLDER, digest=release.scorer_sha256)
        difference = replay(load_golden(folder / GOLDEN_FILE), scorer)
        card = load_card(folder, release.card_sha256) if release.card_sha256 else None
    except (GatehouseError, OSError) as error:
        raise ReleaseError(f"model {tag} can't be served: {error}") from error
    if difference is not None:
        raise ReleaseError(f"model {tag} does not answer as its estimator did: {difference}")
    model = LoadedModel(release, scorer, cache_entries, card)
    if not model.is_healthy():
        raise ReleaseError(f"model {tag} fails its self-test: what it answers is no answer")
    return model


def _require(what: str, found: str, released: str) -> None:
    if found != released:
        raise ReleaseError(f"{what} was altered: SHA-256 is {found}, the release says {released}")


def _outputs(scorer: Scorer, key: str | tuple[Value, ...]) -> list[float]:
    """Of a text, or of the values of a row: a row itself can't be looked up by."""
    item: Any = key
    if not isinstance(key, str):
        names = (feature.name for feature in scorer.features)
        item = dict(zip(names, key, strict=True))
    outputs: list[float] = scorer.outputs_one(item).tolist()
    return outputs


def _characters(value: Value) -> int:
    return len(value) if isinstance(value, str) else NUMBER_CHARACTERS
