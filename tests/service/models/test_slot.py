"""Who answers: modes, split and failing challengers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies
from scipy.stats import chisquare

from core.features import Feature
from core.models.scorer.spec import FloatArray
from core.serving import Traffic
from service.models.loaded import LoadedModel
from service.models.slot import NO_SHADOW, Slot, request_hash
from tests.service.models.recorder import Recorder
from tests.service.models.releases import loaded, record
from tests.serving import Fitted

IDS = [f"request-{number}" for number in range(20_000)]
SHADOW = Traffic(mode="shadow")
ALL = Traffic(mode="split", percent=100)
RELEASE = record("2")


class Broken:
    """A scorer whose answers are an error, or a given row."""

    interval = None

    def __init__(
        self,
        labels: tuple[str, ...],
        row: list[float] | None = None,
        features: tuple[Feature, ...] = (),
        target: str = "label",
    ) -> None:
        self.labels = labels
        self.features = features
        self.target = target
        self._row = row

    def outputs(self, inputs: Sequence[Any]) -> FloatArray:
        return np.array([self.outputs_one(item) for item in inputs])

    def outputs_one(self, item: Any) -> FloatArray:
        if self._row is None:
            raise IndexError("index 7 is out of bounds")
        return np.array(self._row)

    def explain(self, item: Any, output_id: int) -> None:
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
    assert asked == ("2", int(np.argmax(expected)), max(expected), None)


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
    assert slot.predict(slot.choose("a"), "striker goal") is None
    choice = slot.choose("a")
    assert choice == (champion, "champion", None)
    assert slot.predict(choice, "striker goal") == champion.predict("striker goal")
    assert slot.challenger is None
    assert reason in (slot.refused or "")
    assert reason in caplog.text
    assert events.reloads == [("news", "refused")]

    slot.place(champion, challenger)
    slot.direct(SHADOW)
    assert slot.ask_shadow(challenger, "striker goal") == NO_SHADOW
    assert slot.choose("a") == (champion, "champion", None)
    assert len(events.reloads) == 2
    assert slot.ask_shadow(challenger, "the rest of the batch") == NO_SHADOW
    assert len(events.reloads) == 2


def test_a_champions_failure_is_an_error(broken: tuple[LoadedModel, LoadedModel]) -> None:
    slot = slot_of(broken[0], None, Traffic())
    with pytest.raises(IndexError):
        slot.predict(slot.choose("a"), "goal")


def test_a_challenger_with_other_labels_is_refused(bentoml_home: Path, fitted: Fitted) -> None:
    champion = loaded(fitted, "1")
    other = LoadedModel(RELEASE, Broken(("World", "Sports")))
    slot = slot_of(champion, other, ALL)
    assert slot.challenger is None
    assert "has the labels World, Sports" in (slot.refused or "")
    assert slot.choose("a") == (champion, "champion", None)


AGE = Feature(name="age", kind="number", nullable=True, low=0, high=9, example=3.0)
CITY = Feature(name="city", kind="category", levels=("Rome",), example="Rome")


def table_model(
    *features: Feature, labels: tuple[str, ...] = (), target: str = "price", value: float = 1.5
) -> LoadedModel:
    row = [1.0, *[0.0] * (len(labels) - 1)] if labels else [value]
    return LoadedModel(RELEASE, Broken(labels, row, features, target))


CHAMPION = table_model(AGE, CITY)
UNLIKE = {
    "no column of age": (table_model(CITY), "only one of them takes age"),
    "another column": (table_model(AGE, CITY, AGE.model_copy(update={"name": "b"})), "takes b"),
    "another kind": (
        table_model(AGE, CITY.model_copy(update={"kind": "text"})),
        "challenger 2 takes city as a text, champion 2 as a category",
    ),
    "a column that may not be missing": (
        table_model(AGE.model_copy(update={"nullable": False}), CITY),
        "challenger 2 needs age in every row, champion 2 does not",
    ),
    "another target": (table_model(AGE, CITY, target="rent"), "predicts rent, champion 2 price"),
    "classes": (table_model(AGE, CITY, labels=("a", "b")), "labels a, b, champion 2 has none"),
    "texts": (table_model(), "only one of them takes age, city"),
}


@pytest.mark.parametrize(("challenger", "reason"), UNLIKE.values(), ids=UNLIKE)
def test_a_challenger_that_takes_other_requests_is_refused(
    challenger: LoadedModel, reason: str
) -> None:
    slot = slot_of(CHAMPION, challenger, ALL)
    assert slot.challenger is None
    assert reason in (slot.refused or "")


def test_other_levels_ranges_order_and_fewer_demands_are_no_reason() -> None:
    looser = CITY.model_copy(update={"nullable": True, "levels": ("Oslo",)})
    challenger = table_model(looser, AGE.model_copy(update={"high": 99.0}))
    assert slot_of(CHAMPION, challenger, ALL).challenger is challenger


def test_a_shadow_gets_the_row_in_its_own_order() -> None:
    class Echo(Broken):
        def outputs_one(self, item: Any) -> FloatArray:
            assert list(item) == ["city", "age"]
            return np.array([item["age"]])

    shadow = LoadedModel(RELEASE, Echo((), None, (CITY, AGE), "price"), cache_entries=4)
    slot = slot_of(CHAMPION, shadow, SHADOW)
    for age in (7.0, 8.0, 7.0):
        assert slot.ask_shadow(shadow, {"age": age, "city": "Rome"}) == ("2", None, None, age)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_challenger_without_a_finite_quantity_leaves(value: float) -> None:
    challenger = table_model(AGE, CITY, value=value)
    slot = slot_of(CHAMPION, challenger, ALL)
    assert slot.predict(slot.choose("a"), {"age": 1.0, "city": "Rome"}) is None
    assert slot.choose("a").model is CHAMPION
    assert "its answer is no finite number" in (slot.refused or "")
