"""What the service asks of a model, whatever it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.models.scorer.spec import FloatArray


@dataclass(frozen=True)
class MemberExplanation:
    """How one linear classifier came to its score of one class.

    Attributes:
        weight: Its share of the answer; 1 unless the model is a soft vote.
        score: Its linear score of the class: ``intercept`` plus all contributions.
        intercept: The score of an empty text.
        contributions: Each known term of the text with what it adds to the score, largest
            absolute value first.
    """

    weight: float
    score: float
    intercept: float
    contributions: tuple[tuple[str, float], ...]


class Scorer(Protocol):
    """Class probabilities of raw texts."""

    labels: tuple[str, ...]

    def predict_proba(self, texts: Sequence[str]) -> FloatArray:
        """Returns class probabilities, shape (len(texts), len(labels))."""
        ...

    def predict_proba_one(self, text: str) -> FloatArray:
        """Returns the class probabilities of one text, shape (len(labels),)."""
        ...

    def explain(self, text: str, label_id: int) -> tuple[MemberExplanation, ...] | None:
        """Returns why a class got its score, one item per member; None if it can't be told."""
        ...
