from pathlib import Path

import click
import numpy as np
import pytest

from benchmarks.serving.contenders import INVOCATIONS, PREDICT
from benchmarks.serving.models import Model
from benchmarks.serving.parity import compare

LABELS = ("World", "Sports")
ROWS = np.array([[0.75, 0.25], [0.4, 0.6]])
MODEL = Model("lr", Path(), "ag_news:1", LABELS, ["one", "two"], ROWS)
ITEMS = [
    {"label": "World", "probabilities": {"Sports": 0.25, "World": 0.75}},
    {"label": "Sports", "probabilities": {"Sports": 0.6, "World": 0.4}},
]


@pytest.mark.parametrize(
    ("api", "answer", "rows"),
    [
        (PREDICT, ITEMS[0], 1),
        (PREDICT, {"predictions": ITEMS}, 2),
        (INVOCATIONS, {"predictions": ROWS[:1].tolist()}, 1),
        (INVOCATIONS, {"predictions": ROWS.tolist()}, 2),
    ],
)
def test_each_shape_of_answer_is_read(api, answer, rows):
    labels, probabilities = api.read(answer, LABELS)
    assert labels == ["World", "Sports"][:rows]
    assert probabilities.tolist() == ROWS[:rows].tolist()
    compare("peer", (labels, probabilities), MODEL)


@pytest.mark.parametrize(
    ("labels", "difference", "message"),
    [
        (["Sports", "Sports"], 0.0, "1 of 2 labels"),
        (["World", "Sports"], 1e-6, "differ by 1.0e-06"),
        (["World", "Sports"], np.nan, "differ by nan"),
    ],
)
def test_other_answers_end_the_benchmark(labels, difference, message):
    with pytest.raises(click.ClickException, match=message):
        compare("peer", (labels, ROWS + difference), MODEL)
