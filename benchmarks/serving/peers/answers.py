"""Request and answer models of a classifier that is written by hand."""

import json
import pickle
from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, Field
from sklearn.pipeline import Pipeline

from benchmarks.serving.peers.files import ESTIMATOR, LABELS, model_folder


class PredictRequest(BaseModel):
    """One text."""

    text: str = Field(min_length=1)
    top_k: int = Field(3, ge=1)


class BatchRequest(BaseModel):
    """Several texts."""

    texts: list[str] = Field(min_length=1)
    top_k: int = Field(3, ge=1)


class ClassScore(BaseModel):
    """A class and its probability."""

    label: str
    label_id: int
    confidence: float


class Prediction(ClassScore):
    """The most probable class, those after it, and all probabilities."""

    top_predictions: list[ClassScore]
    probabilities: dict[str, float]
    model_version: str


class BatchPrediction(BaseModel):
    """Predictions in the order of the texts."""

    predictions: list[Prediction]


class Classifier:
    """The fitted scikit-learn pipeline, behind ``predict_proba``."""

    def __init__(self) -> None:
        self.estimator: Pipeline = pickle.loads((model_folder() / ESTIMATOR).read_bytes())
        self.labels: list[str] = json.loads((model_folder() / LABELS).read_text())

    def predict(self, texts: Sequence[str], top_k: int) -> list[Prediction]:
        """One prediction per text."""
        return [self._prediction(row, top_k) for row in self.estimator.predict_proba(texts)]

    def _prediction(self, row: np.ndarray, top_k: int) -> Prediction:
        values = row.tolist()
        order = sorted(range(len(values)), key=values.__getitem__, reverse=True)
        top = [
            ClassScore(label=self.labels[i], label_id=i, confidence=values[i])
            for i in order[:top_k]
        ]
        return Prediction(
            label=top[0].label,
            label_id=top[0].label_id,
            confidence=top[0].confidence,
            top_predictions=top,
            probabilities=dict(zip(self.labels, values, strict=True)),
            model_version="1",
        )
