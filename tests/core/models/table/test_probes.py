import json

import numpy as np
import pytest

from core.features import Feature, plain_row, strange_values
from core.models.table.probes import ROWS, golden_rows, probe_rows
from tests.encoded import KINDS, columns, encoder, frame, plain_rows


@pytest.fixture(scope="module")
def features():
    return encoder(KINDS).fit(frame(columns(), KINDS)).features_


def test_golden_rows_are_made_up_of_what_the_model_knows(features):
    rows = golden_rows(features, seed=4)
    assert len(rows) == ROWS
    assert rows == golden_rows(features, seed=4) != golden_rows(features, seed=5)
    training = plain_rows(columns())
    assert not [row for row in rows if row in training]
    levels = {row["class"] for row in rows}
    assert {"a", "b", "None", None} < levels
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_callers_may_ask_golden_rows_and_some_are_strange(features):
    rows = golden_rows(features, seed=4)
    for row in rows:
        plain_row(row, features)
    lines = " ".join(line for row in rows for line in strange_values(row, features))
    assert "is missing" in lines
    assert "a level that training did not have" in lines
    assert "is outside the training range" in lines


def test_golden_rows_of_columns_that_were_empty():
    features = [
        Feature(name="n", kind="number", nullable=True),
        Feature(name="c", kind="category", nullable=True),
        Feature(name="d", kind="date", nullable=True),
        Feature(name="t", kind="text", nullable=True, example=""),
    ]
    assert len(golden_rows(features, seed=1)) == ROWS


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2024-02-29T10:00:00+02:00"])
def test_days_at_the_ends_of_the_calendar(day):
    (feature,) = [Feature(name="until", kind="date", example=f"{day}")]
    for row in golden_rows([feature], seed=1):
        plain_row(row, [feature])


@pytest.mark.parametrize(
    ("low", "high"), [(-30.0, -20.0), (2.0, 2.0), (0.0, 1.7e308), (-1.7e308, 1.7e308)]
)
def test_a_golden_number_is_above_any_range(low, high):
    feature = Feature(name="n", kind="number", low=low, high=high, example=low)
    values = [plain_row(row, [feature])["n"] for row in golden_rows([feature], seed=1)]
    assert max(values) > high


def test_probes_are_real_rows_then_others():
    rows = plain_rows(columns())
    probes = probe_rows(rows, KINDS, 50, seed=1)
    assert all(row in rows for row in probes[:50])
    assert dict.fromkeys(KINDS) in probes[50:]
    assert probes == probe_rows(rows, KINDS, 50, seed=1)
    more = probe_rows(rows, KINDS, 200, seed=1)
    assert len(more) - len(probes) == 150
    recombined = more[len(rows) : 200]
    values = columns()
    assert all(row[name] in values[name] for row in recombined for name in KINDS)


def test_a_model_answers_every_probe():
    transformer = encoder(KINDS).fit(frame(columns(), KINDS))
    matrix = transformer.transform(probe_rows(plain_rows(columns()), KINDS, 10, seed=1))
    assert np.isfinite(matrix.data).all()
