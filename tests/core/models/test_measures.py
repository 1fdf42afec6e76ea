"""What a model costs."""

import time
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from core.config.rules import Measure
from core.models.measures import TIMED_ROWS, measure_model, median_ms
from core.models.parity import ParityReport
from core.models.scorer.estimator import pickle_estimator
from core.models.scorer.export import export_model
from core.models.text import CleaningOptions

PARITY = ParityReport(rows=9, label_mismatches=2, max_abs_difference=1e-12, tolerance=1e-9)


class Timed:
    """A scorer that takes as many milliseconds as its text says."""

    labels = ("a", "b")
    features = ()
    target = "label"
    interval = None

    def __init__(self) -> None:
        self.asked: list[str] = []

    def outputs_one(self, item: str) -> np.ndarray:
        self.asked.append(item)
        time.sleep(float(item) / 1000)
        return np.array([0.5, 0.5])

    def outputs(self, inputs: Sequence[str]) -> np.ndarray:
        raise NotImplementedError

    def explain(self, item: str, output_id: int) -> None:
        raise NotImplementedError


def test_the_median_of_texts_that_take_unlike_times() -> None:
    scorer = Timed()
    assert 5 <= median_ms(scorer, ["5", "5", "5", "60", "60"], seed=0) < 55
    assert sorted(scorer.asked[1:]) == ["5", "5", "5", "60", "60"], "and one before, to warm up"


def test_a_seeded_sample_of_many_texts() -> None:
    texts = [f"0.{i:04}" for i in range(1000)]
    asked = []
    for seed in (1, 1, 2):
        median_ms(scorer := Timed(), texts, seed)
        asked.append(scorer.asked)
    assert len(asked[0]) == TIMED_ROWS + 1
    assert asked[0] == asked[1] != asked[2]


@pytest.mark.parametrize("pickled", [False, True])
def test_every_measure_of_what_will_be_served(
    fitted: Callable[..., Pipeline],
    corpus: Callable[[int], tuple[list[str], np.ndarray]],
    labels: tuple[str, ...],
    pickled: bool,
) -> None:
    estimator = fitted({"model": "multinomial_nb"})
    served = (
        pickle_estimator(estimator, labels, CleaningOptions())
        if pickled
        else export_model(estimator, labels)
    )
    texts, _ = corpus(4)
    found = measure_model(served, texts, fit_seconds=1.5, model_bytes=123, parity=PARITY, seed=0)
    assert set(found) == set(get_args(Measure))
    assert 0 < found.pop("predict_ms") < 1000
    assert found == {
        "fit_seconds": 1.5,
        "model_bytes": 123,
        "parity_mismatches": 2,
        "parity_difference": 1e-12,
    }
