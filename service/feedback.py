"""``POST /feedback``: the truth about an earlier answer."""

import time

from service.calls import Call, Reply
from service.errors import invalid, parse
from service.events import Events, Feedback
from service.memory import Memory
from service.models.fleet import Fleet
from service.schemas import FeedbackAnswer, FeedbackRequest


class FeedbackRoute:
    """Takes true labels; those of forgotten requests too, for the log knows them."""

    def __init__(self, fleet: Fleet, events: Events, memory: Memory) -> None:
        self._fleet = fleet
        self._events = events
        self._memory = memory

    async def give(self, call: Call) -> Reply:
        """One true label."""
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
        if request.label not in labels:
            raise invalid(f"the labels of {name} are {', '.join(labels)[:300]}", "label")
        label_id = labels.index(request.label)
        self._events.feedback(
            Feedback(
                time=time.time(),
                request_id=request.request_id,
                model=name,
                version=known.version if known else None,
                label_id=label_id,
                predicted_label_id=known.label_id if known else None,
            )
        )
        answer = FeedbackAnswer(
            request_id=request.request_id,
            matched=known is not None,
            correct=known.label_id == label_id if known else None,
        )
        return Reply(202, answer.model_dump_json().encode())
