"""Who answers: modes, split and failing challengers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies
from scipy.stats import chisquare

from core.models.scorer.spec import FloatArray
from core.serving import Traffic
from service.models.loaded import LoadedModel
from service.models.slot import Slot, request_hash
from tests.service.models.recorder import Recorder
from tests.service.models.releases import loaded, record
from tests.serving import Fitted

IDS = [f"request-{number}" for number in range(20_000)]
SHADOW = Traffic(mode="shadow")
ALL = Traffic(mode="split", percent=100)
RELEASE = record("2")


class Broken:
    """A scorer whose answers are an error, or a given row."""

    def __init__(self, labels: tuple[str, ...], row: list[float] | None = None) -> None:
        self.labels = labels
        self._row = row

    def predict_proba(self, texts: list[str]) -> FloatArray:
        return np.array([self.predict_proba_one(text) for text in texts])

    def predict_proba_one(self, text: str) -> FloatArray:
        if self._row is None:
            raise IndexError("index 7 is out of bounds")
        return np.array(self._row)

    def explain(self, text: str, label_id: int) -> None:
        return None


@pytest.fixture
def pair(bentoml_home: Path, fitted: Fitted, rival: Fitted) -> tuple[LoadedModel, LoadedModel]:
    return loaded(fitted, "1"), loaded(rival, "2")


def slot_of(champion: LoadedModel, challenger: LoadedModel | None, traffic: Traffic) -> Slot:
    slot = Slot(champion, traffic, Recorder())
    slot.place(champion, challenger)
    return slot


def share(slot: Slot) -> float:
    return sum(slot.choose(id_).role == "challenger" for id_ in IDS) / len(IDS)


def test_the_champion_answers_alone(pair: tuple[LoadedModel, LoadedModel]) -> None:
    champion, challenger = pair
    assert slot_of(champion, challenger, Traffic()).choose("a") == (champion, "champion", None)
    for mode in ("champion", "shadow", "split"):
        slot = slot_of(champion, None, Traffic(mode=mode, percent=100))
        assert slot.choose("a") == (champion, "champion", None)


def test_a_shadow_is_asked_and_never_answers(pair: tuple[LoadedModel, LoadedModel]) -> None:
    champion, challenger = pair
    slot = slot_of(champion, challenger, SHADOW)
    assert slot.choose("a") == (champion, "champion", challenger)
    expected = challenger.predict("striker goal")
    asked = slot.ask_shadow(challenger, "striker goal")
    assert asked == ("2", int(np.argmax(expected)), max(expected))


def test_a_split_has_its_share(pair: tuple[LoadedModel, LoadedModel]) -> None:
    for percent in (0.0, 0.5, 10.0, 50.0, 100.0):
        slot = slot_of(*pair, Traffic(mode="split", percent=percent))
        expected = percent / 100
        error = 4 * (expected * (1 - expected) / len(IDS)) ** 0.5
        assert abs(share(slot) - expected) <= error


def test_hashes_are_uniform() -> None:
    counts = np.bincount([request_hash(id_) >> 58 for id_ in IDS], minlength=64)
    assert chisquare(counts).pvalue > 0.001


PERCENT = strategies.floats(0, 100)


@given(strategies.text("abcABC012._-", min_size=1, max_size=64), PERCENT, PERCENT)
def test_a_split_is_sticky_and_grows(
    broken: tuple[LoadedModel, LoadedModel], id_: str, one: float, other: float
) -> None:
    smaller = slot_of(*broken, Traffic(mode="split", percent=min(one, other)))
    larger = slot_of(*broken, Traffic(mode="split", percent=max(one, other)))
    assert smaller.choose(id_) == smaller.choose(id_)
    if smaller.choose(id_).role == "challenger":
        assert larger.choose(id_).role == "challenger"


@pytest.fixture(scope="module")
def broken() -> tuple[LoadedModel, LoadedModel]:
    """Models of which only the identity counts."""
    labels = ("a", "b")
    return LoadedModel(RELEASE, Broken(labels)), LoadedModel(RELEASE, Broken(labels))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "IndexError: index 7 is out of bounds"),
        ([np.nan, 0.5, 0.5], "no distribution"),
        ([0.1, 0.1, 0.1], "no distribution"),
    ],
)
def test_a_failing_challenger_leaves_and_the_champion_answers(
    bentoml_home: Path,
    fitted: Fitted,
    caplog: pytest.LogCaptureFixture,
    row: list[float] | None,
    reason: str,
) -> None:
    champion = loaded(fitted, "1")
    challenger = LoadedModel(RELEASE, Broken(champion.labels, row))
    events = Recorder()
    slot = Slot(champion, ALL, events)
    slot.place(champion, challenger)
    answered = slot.predict("a", "striker goal")
    assert answered == ((champion, "champion", None), champion.predict("striker goal"))
    assert slot.challenger is None
    assert reason in (slot.refused or "")
    assert reason in caplog.text
    assert events.reloads == [("news", "refused")]

    slot.place(champion, challenger)
    slot.direct(SHADOW)
    assert slot.ask_shadow(challenger, "striker goal") == ()
    assert slot.choose("a") == (champion, "champion", None)
    assert len(events.reloads) == 2
    assert slot.ask_shadow(challenger, "the rest of the batch") == ()
    assert len(events.reloads) == 2


def test_a_champions_failure_is_an_error(broken: tuple[LoadedModel, LoadedModel]) -> None:
    with pytest.raises(IndexError):
        slot_of(broken[0], None, Traffic()).predict("a", "goal")


def test_a_challenger_with_other_labels_is_refused(bentoml_home: Path, fitted: Fitted) -> None:
    champion = loaded(fitted, "1")
    other = LoadedModel(RELEASE, Broken(("World", "Sports")))
    slot = slot_of(champion, other, ALL)
    assert slot.challenger is None
    assert "has the labels World, Sports" in (slot.refused or "")
    assert slot.choose("a") == (champion, "champion", None)
