"""Feedback is judged by the class names of the version that answered."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.bento import store_model
from core.models.golden import make_golden
from core.models.scorer.exact import ExactScorer
from core.models.scorer.spec import ScorerSpec
from core.release import Bundle
from core.serving import ServingSettings
from service import runtime
from service.calls import Call
from service.events import Feedback
from service.feedback import FeedbackRoute
from service.memory import VALUE_SIZE, Memory
from service.models.fleet import Fleet
from service.runtime import Runtime
from service.shared_table import SharedTable
from tests.channels import write_channel
from tests.service.models.recorder import Recorder
from tests.service.models.releases import publish
from tests.serving import FACTS, LABELS, Fitted


class Told(Recorder):
    """Remembers feedback too."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Feedback] = []

    def feedback(self, *feedback: Any) -> None:
        self.told += feedback


def give(route: FeedbackRoute, **body: Any) -> Any:
    now = time.perf_counter()
    content = json.dumps(body).encode()
    call = Call("POST", "/feedback", [], "id", "me", content, None, now, now + 10)
    return json.loads(asyncio.run(route.give(call)).body)


def test_other_class_ids_of_a_later_version_do_not_count(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path
) -> None:
    pinned = publish(fitted, "1")
    bundle = Bundle(releases=(pinned,), serving=ServingSettings(reload_seconds=None))
    folder = runtime.create(bundle)
    events = Told()
    fleet = Fleet(bundle, bundle.serving, Runtime(folder), events)
    SharedTable.create(tmp_path / "answers", 64, VALUE_SIZE)
    memory = Memory(SharedTable.open(tmp_path / "answers"))
    route = FeedbackRoute(fleet, events, memory)
    memory.remember("r1", "news", "1", 0)

    renamed = tuple(reversed(LABELS))
    assert isinstance(fitted.model, ScorerSpec)
    model = replace(fitted.model, labels=renamed)
    expected = fitted.estimator.predict_proba(fitted.texts)
    golden = make_golden(expected, ExactScorer(model), fitted.texts)
    later = store_model(
        name="news", version="2", token="b", scorer=model, golden=golden, facts=FACTS
    )
    write_channel("news", later, None)
    fleet._followers[0].look()
    assert fleet.slot(None).champion.version == "2"

    assert give(route, request_id="r1", label=LABELS[0])["correct"] is True
    assert give(route, request_id="r1", label=LABELS[2])["correct"] is False
    assert [told.label_id for told in events.told] == [0, 2]
    memory.remember("r2", "news", "long ago", 0)
    assert give(route, request_id="r2", label=LABELS[0])["matched"] is False
    assert events.told[-1].label_id == renamed.index(LABELS[0])
