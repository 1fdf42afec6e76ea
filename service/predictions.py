"""The hot routes: one text, and several."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from pydantic_core import to_json

from core.serving import ServingSettings
from service.calls import ApiError, Call, Reply
from service.errors import invalid, parse
from service.events import Answer, Events
from service.memory import Memory
from service.models.fleet import Fleet
from service.models.loaded import LoadedModel
from service.models.slot import Choice, Slot
from service.schemas import BatchRequest, PredictRequest

# A batch is scored in parts of about this many characters, so that other requests get a turn.
PART_CHARACTERS = 20_000
PART_RECORDS = 100
ROUNDING = 1e-6

# A text, its probabilities by class id, the answer to it.
Answered = tuple[str, list[float], dict[str, Any]]


class Predictions:
    """Answers from the models of the fleet."""

    def __init__(
        self, fleet: Fleet, settings: ServingSettings, events: Events, memory: Memory
    ) -> None:
        self._fleet = fleet
        self._settings = settings
        self._events = events
        self._memory = memory
        self._recording: set[asyncio.Task[None]] = set()

    async def predict(self, call: Call) -> Reply:
        """One text."""
        request = parse(PredictRequest, call.body)
        self._check_length(request.text, "text")
        slot = self._fleet.slot(call.model)
        chosen, probabilities = slot.predict(call.request_id, request.text)
        model = chosen.model
        body = _item(model, probabilities, request.top_k, call.request_id)
        body["explanation"] = (
            _explanation(slot, chosen, request.text, body) if request.explain else None
        )
        body["model"] = model.name
        body["model_version"] = model.version
        latency = perf_counter() - call.started
        body["latency_ms"] = round(latency * 1000, 3)
        reply = Reply(200, to_json(body))
        answered = [(request.text, probabilities, body)]
        record = partial(self._record, slot, chosen, latency, answered)
        if chosen.shadow is None:
            record()
        else:  # once the client has its answer
            asyncio.get_running_loop().call_soon(record)
        return reply

    async def predict_batch(self, call: Call) -> Reply:
        """Several texts: one version answers all of them."""
        request = parse(BatchRequest, call.body)
        self._check_batch(request.texts)
        slot = self._fleet.slot(call.model)
        chosen, rows = await _scored(slot, call, request.texts)
        model = chosen.model
        items = [
            _item(model, row, request.top_k, f"{call.request_id}.{number}")
            for number, row in enumerate(rows)
        ]
        latency = perf_counter() - call.started
        body = {
            "predictions": items,
            "count": len(items),
            "model": model.name,
            "model_version": model.version,
            "request_id": call.request_id,
            "latency_ms": round(latency * 1000, 3),
        }
        reply = Reply(200, to_json(body))
        answered = list(zip(request.texts, rows, items, strict=True))
        recording = self._record_parts(slot, chosen, latency, answered)
        if chosen.shadow is None:
            await recording
        else:  # once the client has its answer
            task = asyncio.create_task(recording)
            self._recording.add(task)
            task.add_done_callback(self._recording.discard)
        return reply

    async def finish(self) -> None:
        """Wait until everything that was answered is told."""
        await asyncio.gather(*self._recording)

    async def _record_parts(
        self, slot: Slot, chosen: Choice, latency: float, answered: Sequence[Answered]
    ) -> None:
        for start in range(0, len(answered), PART_RECORDS):
            self._record(slot, chosen, latency, answered[start : start + PART_RECORDS])
            await asyncio.sleep(0)

    def _record(
        self, slot: Slot, chosen: Choice, latency: float, answered: Sequence[Answered]
    ) -> None:
        """Tell what was answered, and what the shadow would have said."""
        now, (model, role, shadow) = time.time(), chosen
        for text, row, item in answered:
            asked = slot.ask_shadow(shadow, text) if shadow else ()
            request_id, label_id = item["request_id"], item["label_id"]
            self._memory.remember(request_id, model.name, model.version, label_id)
            self._events.answer(
                Answer(now, request_id, model.name, model.version, role, text, label_id, row,
                       latency, *asked)
            )  # fmt: skip

    def _check_length(self, text: str, *field: str | int) -> None:
        if len(text) > self._settings.max_characters:
            limit = self._settings.max_characters
            raise invalid(f"a text has at most {limit} characters, not {len(text)}", *field)

    def _check_batch(self, texts: Sequence[str]) -> None:
        if len(texts) > self._settings.max_batch:
            limit = self._settings.max_batch
            raise invalid(f"a batch has at most {limit} texts, not {len(texts)}", "texts")
        for position, text in enumerate(texts):
            self._check_length(text, "texts", position)


async def _scored(slot: Slot, call: Call, texts: Sequence[str]) -> tuple[Choice, list[list[float]]]:
    """Who answers, and all answers; if a challenger fails, the champion begins anew."""
    choice = slot.choose(call.request_id)
    rows: list[list[float]] = []
    for part in _parts(texts):
        _check_deadline(call)
        scored = slot.predict_batch(choice, part)
        if scored is None:
            return await _scored(slot, call, texts)
        rows += scored
        await asyncio.sleep(0)
    return choice, rows


def _item(
    model: LoadedModel, probabilities: list[float], top_k: int, request_id: str
) -> dict[str, Any]:
    """The answer to one text; ties go to the lower class id, as in scikit-learn."""
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
        "request_id": request_id,
    }


def _explanation(
    slot: Slot, chosen: Choice, text: str, item: dict[str, Any]
) -> dict[str, Any] | None:
    members = slot.explain(chosen, text, item["label_id"])
    if members is None:
        return None
    return {
        "label": item["label"],
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


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start, size = 0, 0
    for position, text in enumerate(texts):
        size += len(text)
        if size >= PART_CHARACTERS:
            yield texts[start : position + 1]
            start, size = position + 1, 0
    if start < len(texts):
        yield texts[start:]


def _check_deadline(call: Call) -> None:
    if perf_counter() > call.deadline:
        raise ApiError(
            504, "timeout", "the batch took too long; send fewer or shorter texts, or raise "
            "serving.timeout_seconds",
        )  # fmt: skip
