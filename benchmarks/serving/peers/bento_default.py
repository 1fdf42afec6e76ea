"""BentoML as its tutorial has it: a class with sync APIs around scikit-learn."""

import os

import bentoml
from pydantic import Field

from benchmarks.serving.peers.answers import BatchPrediction, Classifier, Prediction
from benchmarks.serving.peers.files import WORKERS


@bentoml.service(
    workers=int(os.environ[WORKERS]),
    # No contender writes an access log.
    logging={"access": {"enabled": False}},
)
class DefaultService:
    """The same answers as the plain FastAPI service."""

    def __init__(self) -> None:
        self.classifier = Classifier()

    @bentoml.api(route="/predict")
    def predict(self, text: str, top_k: int = Field(3, ge=1)) -> Prediction:
        """One text."""
        return self.classifier.predict([text], top_k)[0]

    @bentoml.api(route="/predict/batch")
    def predict_batch(self, texts: list[str], top_k: int = Field(3, ge=1)) -> BatchPrediction:
        """Several texts."""
        return BatchPrediction(predictions=self.classifier.predict(texts, top_k))
