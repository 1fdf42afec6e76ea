"""``POST /feedback``: the truth about an earlier answer."""

import time
from collections.abc import Sequence

from service.calls import Call, Reply
from service.errors import invalid, parse
from service.events import Events, Feedback
from service.memory import Memory, Remembered
from service.models.fleet import Fleet
from service.schemas import FeedbackAnswer, FeedbackRequest


class FeedbackRoute:
    """Takes the truth; that of forgotten requests too, for the log knows them."""

    def __init__(self, fleet: Fleet, events: Events, memory: Memory) -> None:
        self._fleet = fleet
        self._events = events
        self._memory = memory

    async def give(self, call: Call) -> Reply:
        """One true label or quantity."""
        request = parse(FeedbackRequest, call.body)
        known = self._memory.recall(request.request_id)
        model = request.model or (known.model if known else None)
        slot = self._fleet.slot(model)
        name = slot.champion.name
        if known is not None and known.model != name:
            raise invalid(f"that request was answered by {known.model}", "model")
        # Class ids are those of the version that answered.
        labels = slot.labels_of(known.version) if known else None
        if labels is None:
            known, labels = None, slot.champion.labels
        told = (_of_class if labels else _of_quantity)(request, name, labels, known)
        self._events.feedback(told)
        return Reply(202, _answer(told).model_dump_json().encode())


def _of_class(
    request: FeedbackRequest, name: str, labels: Sequence[str], known: Remembered | None
) -> Feedback:
    if request.value is not None:
        raise invalid(f"{name} predicts a class: send label, not value", "value")
    if request.label is None or request.label not in labels:
        raise invalid(f"the labels of {name} are {', '.join(labels)[:300]}", "label")
    return Feedback(
        time=time.time(),
        request_id=request.request_id,
        model=name,
        version=known.version if known else None,
        label_id=labels.index(request.label),
        predicted_label_id=int(known.said) if known else None,
    )


def _of_quantity(
    request: FeedbackRequest, name: str, _: Sequence[str], known: Remembered | None
) -> Feedback:
    if request.label is not None:
        raise invalid(f"{name} predicts a quantity: send value, not label", "label")
    if request.value is None:
        raise invalid(f"{name} predicts a quantity: send the true one", "value")
    return Feedback(
        time=time.time(),
        request_id=request.request_id,
        model=name,
        version=known.version if known else None,
        label_id=None,
        predicted_label_id=None,
        value=request.value,
        predicted_value=known.said if known else None,
    )


def _answer(told: Feedback) -> FeedbackAnswer:
    """What the service makes of it; nothing where it no longer knows its answer."""
    correct = error = None
    if told.predicted_label_id is not None:
        correct = told.predicted_label_id == told.label_id
    if told.value is not None and told.predicted_value is not None:
        error = told.predicted_value - told.value
    return FeedbackAnswer(
        request_id=told.request_id,
        matched=told.version is not None,
        correct=correct,
        error=error,
    )
