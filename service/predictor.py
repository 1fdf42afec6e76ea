"""Answers from a release's scorer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.scorer.exact import ExactScorer
from core.release import Release
from service.schemas import ClassScore, ModelInfo, Prediction

SELF_TEST = "Markets rally as the champions return home from orbit"


@dataclass(frozen=True)
class Predictor:
    """A release and its scorer."""

    release: Release
    scorer: ExactScorer

    def predict(self, text: str, top_k: int) -> Prediction:
        """The most probable classes of one text; ties go to the lower class id, as in sklearn."""
        return self._prediction(self.scorer.predict_proba_one(text), top_k)

    def predict_batch(self, texts: list[str], top_k: int) -> list[Prediction]:
        """One prediction per text, in order."""
        return [self._prediction(row, top_k) for row in self.scorer.predict_proba(texts)]

    def is_healthy(self) -> bool:
        """Whether a prediction made now is a probability distribution."""
        probabilities = self.scorer.predict_proba_one(SELF_TEST)
        # A NaN or infinity fails the sum as well.
        return bool(probabilities.min() >= 0 and abs(probabilities.sum() - 1) < 1e-9)

    def info(self) -> ModelInfo:
        """The release, without what only packing needs."""
        return ModelInfo(labels=list(self.scorer.labels), **self.release.model_dump())

    def _prediction(self, probabilities: NDArray[np.float64], top_k: int) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")[:top_k]
        top = [
            ClassScore(label=self.scorer.labels[i], label_id=i, confidence=float(probabilities[i]))
            for i in order.tolist()
        ]
        return Prediction(
            **top[0].model_dump(), top_predictions=top, model_version=self.release.version
        )
