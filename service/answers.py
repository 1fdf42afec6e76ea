"""From a model's outputs to the answer about one text or row."""

from math import isfinite
from typing import Any

from core.models.scorer.protocol import MemberExplanation
from service.forms import Asked
from service.models.loaded import LoadedModel

ROUNDING = 1e-6


def answer_of(
    model: LoadedModel, asked: Asked, outputs: list[float], top_k: int, request_id: str
) -> dict[str, Any]:
    """The answer: a class and the probabilities of all, or a quantity and its interval.

    Raises:
        ValueError: The outputs are no answer.
    """
    answer = _class(model, outputs, top_k) if model.labels else _quantity(model, outputs[0])
    answer["request_id"] = request_id
    if asked.warnings is not None:
        answer["warnings"] = asked.warnings
    return answer


def _class(model: LoadedModel, probabilities: list[float], top_k: int) -> dict[str, Any]:
    """Ties go to the lower class id, as in scikit-learn."""
    labels = model.labels
    order = sorted(range(len(labels)), key=probabilities.__getitem__, reverse=True)
    best = order[0]
    confidence = probabilities[best]
    # Naive Bayes may round a certainty to a little more than 1.
    if not 0 <= confidence <= 1 + ROUNDING:
        raise ValueError(f"{model.name} version {model.version} gave the probability {confidence}")
    return {
        "label": labels[best],
        "label_id": best,
        "confidence": confidence,
        "top_predictions": [
            {"label": labels[i], "label_id": i, "confidence": probabilities[i]}
            for i in order[:top_k]
        ],
        "probabilities": dict(zip(labels, probabilities, strict=True)),
    }


def _quantity(model: LoadedModel, value: float) -> dict[str, Any]:
    if not isfinite(value):
        raise ValueError(f"{model.name} version {model.version} gave the quantity {value}")
    interval = model.interval
    return {
        "value": value,
        "interval": interval
        and {
            "low": value - interval.half_width,
            "high": value + interval.half_width,
            "coverage": interval.coverage,
        },
    }


def explanation_of(
    members: tuple[MemberExplanation, ...] | None, label: str
) -> dict[str, Any] | None:
    """Why a class or a quantity got its score."""
    if members is None:
        return None
    return {
        "label": label,
        "members": [
            {
                "weight": member.weight,
                "score": member.score,
                "intercept": member.intercept,
                "contributions": [
                    {"term": term, "contribution": value} for term, value in member.contributions
                ],
            }
            for member in members
        ],
    }
