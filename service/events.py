"""What the service tells metrics and prediction log about itself."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from core.release import Release


class Answer(NamedTuple):
    """One answered text or row.

    Attributes:
        time: Seconds since 1970, UTC.
        request_id: Of the request; an item of a batch has ``.0``, ``.1``, ... behind it.
        model: Name of the model.
        version: The version that answered.
        role: ``champion`` or ``challenger``: which of the two that was.
        text: The raw text, or the plain row as JSON.
        label_id: The most probable class; None where a quantity is predicted.
        probabilities: By class id; empty where a quantity is predicted.
        latency: Seconds from arrival to answer; an item of a batch has the whole batch's.
        shadow_version: The version that was asked too, without being answered with; else None.
        shadow_label_id: Its most probable class.
        shadow_confidence: That class's probability.
        shadow_value: Its quantity.
        value: The quantity; None where a class is predicted.
    """

    time: float
    request_id: str
    model: str
    version: str
    role: str
    text: str
    label_id: int | None
    probabilities: list[float]
    latency: float
    shadow_version: str | None = None
    shadow_label_id: int | None = None
    shadow_confidence: float | None = None
    shadow_value: float | None = None
    value: float | None = None


class Feedback(NamedTuple):
    """The truth about an earlier answer.

    Attributes:
        time: Seconds since 1970, UTC.
        request_id: Of the answer.
        model: Name of the model.
        version: The version that answered; None if the service no longer knows the request.
        label_id: The true class; None where a quantity is predicted.
        predicted_label_id: What was answered; None as for version.
        value: The true quantity; None where a class is predicted.
        predicted_value: What was answered; None as for version.
    """

    time: float
    request_id: str
    model: str
    version: str | None
    label_id: int | None
    predicted_label_id: int | None
    value: float | None = None
    predicted_value: float | None = None


class Served(NamedTuple):
    """A model that answers or shadows.

    Attributes:
        release: Which.
        role: ``champion`` or ``challenger``.
        labels: Class names by id; empty where a quantity is predicted.
    """

    release: Release
    role: str
    labels: Sequence[str]


class Events(Protocol):
    """Takes events without blocking; they are counted and written off the request path."""

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One request: its route's template, never its raw path."""
        ...

    def answer(self, answer: Answer) -> None:
        """One answered text or row."""
        ...

    def feedback(self, feedback: Feedback) -> None:
        """One true label or quantity."""
        ...

    def reload(self, model: str, outcome: str) -> None:
        """A release was looked at: ``swapped`` or ``refused``."""
        ...

    def serving(self, model: str, served: Sequence[Served]) -> None:
        """Who stands under a model's name, before the first of them answers."""
        ...
