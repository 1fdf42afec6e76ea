"""What the service asks of a model, whatever it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.features import Feature
from core.models.scorer.spec import FloatArray, Interval


@dataclass(frozen=True)
class MemberExplanation:
    """How one linear classifier came to its score of one class.

    Attributes:
        weight: Its share of the answer; 1 unless the model is a soft vote.
        score: Its linear score of the class: ``intercept`` plus all contributions.
        intercept: The score of an empty text.
        contributions: Each known term of the text, or column of the row, with what it adds to the
            score, largest absolute value first.
    """

    weight: float
    score: float
    intercept: float
    contributions: tuple[tuple[str, float], ...]


class Scorer(Protocol):
    """Answers of one model, in the served form: texts, or plain rows of ``core.features``.

    Attributes:
        labels: Class names in the order of their ids; empty where a quantity is predicted.
        features: The columns that a row has; empty where the model takes texts.
        target: Name of what is predicted.
        interval: Of a predicted quantity.
    """

    labels: tuple[str, ...]
    features: tuple[Feature, ...]
    target: str
    interval: Interval | None

    def outputs(self, inputs: Sequence[Any]) -> FloatArray:
        """Returns class probabilities, shape (len(inputs), len(labels)), or quantities, (.., 1)."""
        ...

    def outputs_one(self, item: Any) -> FloatArray:
        """Returns the outputs of one text or row, shape (outputs,)."""
        ...

    def explain(self, item: Any, output_id: int) -> tuple[MemberExplanation, ...] | None:
        """Returns why an output got its score, one item per member; None if it can't be told."""
        ...
