"""The hot routes: one text or row, and several."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from pydantic_core import to_json

from core.serving import ServingSettings
from service.answers import answer_of, explanation_of
from service.calls import ApiError, Call, Reply
from service.events import Answer, Events
from service.forms import Asked, Question, Questions
from service.memory import Memory
from service.models.fleet import Fleet
from service.models.slot import NO_SHADOW, Choice, Slot

# A batch is scored in parts of about this many characters, so that other requests get a turn.
PART_CHARACTERS = 20_000
PART_RECORDS = 100


# What was asked, the model's outputs, the answer.
Answered = tuple[Asked, list[float], dict[str, Any]]


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
        """One text or row."""
        slot = self._fleet.slot(call.model)
        chosen, (asked, top_k, explain), outputs = self._asked(slot, call)
        model = chosen.model
        body = answer_of(model, asked, outputs, top_k, call.request_id)
        body["explanation"] = _explanation(slot, chosen, asked, body) if explain else None
        body["model"] = model.name
        body["model_version"] = model.version
        latency = perf_counter() - call.started
        body["latency_ms"] = round(latency * 1000, 3)
        reply = Reply(200, to_json(body))
        record = partial(self._record, slot, chosen, latency, [(asked, outputs, body)])
        if chosen.shadow is None:
            record()
        else:  # once the client has its answer
            asyncio.get_running_loop().call_soon(record)
        return reply

    async def predict_batch(self, call: Call) -> Reply:
        """Several texts or rows: one version answers all of them."""
        slot = self._fleet.slot(call.model)
        chosen, answered = await self._scored(slot, call)
        model = chosen.model
        latency = perf_counter() - call.started
        body = {
            "predictions": [answer for _, _, answer in answered],
            "count": len(answered),
            "model": model.name,
            "model_version": model.version,
            "request_id": call.request_id,
            "latency_ms": round(latency * 1000, 3),
        }
        reply = Reply(200, to_json(body))
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

    def _asked(self, slot: Slot, call: Call) -> tuple[Choice, Question, list[float]]:
        """Who answers, the request as that model takes it, and its outputs."""
        while True:
            chosen = slot.choose(call.request_id)
            question = chosen.model.form.one(call.body, self._settings.max_characters)
            outputs = slot.predict(chosen, question[0].item)
            if outputs is not None:
                return chosen, question, outputs
            # A challenger that failed, which has left now: the champion may take other columns.

    async def _scored(self, slot: Slot, call: Call) -> tuple[Choice, list[Answered]]:
        """Who answers, and all answers; if a challenger fails, the champion begins anew."""
        chosen, settings = slot.choose(call.request_id), self._settings
        questions = chosen.model.form.several(
            call.body, settings.max_characters, settings.max_batch
        )
        answered: list[Answered] = []
        for part in _parts(questions):
            _check_deadline(call)
            rows = slot.predict_batch(chosen, [asked.item for asked in part])
            if rows is None:
                return await self._scored(slot, call)
            for asked, outputs in zip(part, rows, strict=True):
                request_id = f"{call.request_id}.{len(answered)}"
                answer = answer_of(chosen.model, asked, outputs, questions.top_k, request_id)
                answered.append((asked, outputs, answer))
            await asyncio.sleep(0)
        return chosen, answered

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
        for asked, outputs, answer in answered:
            other = slot.ask_shadow(shadow, asked.item) if shadow else NO_SHADOW
            request_id = answer["request_id"]
            label_id: int | None = answer.get("label_id")
            value, probabilities = (None, outputs) if model.labels else (outputs[0], [])
            said = outputs[0] if label_id is None else label_id
            self._memory.remember(request_id, model.name, model.version, said)
            self._events.answer(
                Answer(now, request_id, model.name, model.version, role, asked.text, label_id,
                       probabilities, latency, *other, value)
            )  # fmt: skip


def _explanation(
    slot: Slot, chosen: Choice, asked: Asked, answer: dict[str, Any]
) -> dict[str, Any] | None:
    members = slot.explain(chosen, asked.item, answer.get("label_id", 0))
    return explanation_of(members, answer.get("label", chosen.model.target))


def _parts(questions: Questions) -> Iterator[list[Asked]]:
    """The texts or rows of a batch, each read when its turn comes."""
    part: list[Asked] = []
    size = 0
    for position in range(questions.total):
        asked = questions.read(position)
        part.append(asked)
        size += len(asked.text)
        if size >= PART_CHARACTERS:
            yield part
            part, size = [], 0
    if part:
        yield part


def _check_deadline(call: Call) -> None:
    if perf_counter() > call.deadline:
        raise ApiError(
            504, "timeout", "the batch took too long; send fewer or shorter texts, or raise "
            "serving.timeout_seconds",
        )  # fmt: skip
