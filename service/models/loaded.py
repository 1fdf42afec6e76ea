"""One release in memory, once it has proven to be what it says."""

import logging
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

from core.errors import GatehouseError, ReleaseError
from core.models.card import Card, load_card
from core.models.golden import golden_digest, load_golden, replay
from core.models.scorer.protocol import MemberExplanation, Scorer
from core.models.scorer.storage import load_scorer
from core.release import GOLDEN_FILE, SCORER_FOLDER, Release

logger = logging.getLogger(__name__)

SELF_TEST = "Markets rally as the champions return home from orbit"
SELF_TEST_SECONDS = 1.0
# Longer texts hardly come again, and a thousand of them would fill the memory.
CACHED_CHARACTERS = 1000


class LoadedModel:
    """Answers with one release.

    Attributes:
        release: What it is.
        name: The model's name.
        version: Its version.
        labels: Class names by id.
        card: Its model card, if it was released with one.
    """

    def __init__(
        self, release: Release, scorer: Scorer, cache_entries: int = 0, card: Card | None = None
    ) -> None:
        self.release = release
        self.name = release.name
        self.version = release.version
        self.labels = scorer.labels
        self.card = card
        self._scorer = scorer
        # No bound method of self in it: the model has to go as soon as nobody uses it.
        self._remembered = lru_cache(cache_entries)(partial(_row, scorer))
        self._tested_at, self._is_healthy = -SELF_TEST_SECONDS, False

    def predict(self, text: str) -> list[float]:
        """Class probabilities of one text; the list is shared, so don't change it."""
        if len(text) <= CACHED_CHARACTERS:
            return self._remembered(text)
        return _row(self._scorer, text)

    def predict_batch(self, texts: Sequence[str]) -> list[list[float]]:
        """Class probabilities of each text, in order."""
        rows: list[list[float]] = self._scorer.predict_proba(texts).tolist()
        return rows

    def explain(self, text: str, label_id: int) -> tuple[MemberExplanation, ...] | None:
        """Why a class got its score; None if the model can't tell."""
        return self._scorer.explain(text, label_id)

    def is_healthy(self) -> bool:
        """Whether a prediction is a distribution; asked again once a second at most."""
        if time.monotonic() - self._tested_at >= SELF_TEST_SECONDS:
            self._is_healthy = self._passes_test()
            self._tested_at = time.monotonic()
        return self._is_healthy

    def _passes_test(self) -> bool:
        try:
            return is_distribution(_row(self._scorer, SELF_TEST))
        except Exception:
            logger.exception("%s version %s fails its self-test", self.name, self.version)
            return False


def load_model(release: Release, folder: Path, cache_entries: int = 0) -> LoadedModel:
    """Load a release and prove it.

    Args:
        release: What it has to be.
        folder: Of the model in a store: ``scorer/``, ``golden.json`` and the card's files.
        cache_entries: Answers to keep for texts that come again.

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
        raise ReleaseError(f"model {tag} fails its self-test: its answer is no distribution")
    return model


def _require(what: str, found: str, released: str) -> None:
    if found != released:
        raise ReleaseError(f"{what} was altered: SHA-256 is {found}, the release says {released}")


def is_distribution(probabilities: Sequence[float]) -> bool:
    """Whether they are probabilities that add up to 1."""
    # A NaN or infinity fails the sum.
    return min(probabilities) >= 0 and abs(sum(probabilities) - 1) < 1e-6


def _row(scorer: Scorer, text: str) -> list[float]:
    row: list[float] = scorer.predict_proba_one(text).tolist()
    return row
