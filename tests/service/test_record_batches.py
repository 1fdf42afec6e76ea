import io
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pytest
from hypothesis import given, strategies as st

from core.prediction_log import COLUMNS
from service.record_batches import END_OF_STREAM, SCHEMA_MESSAGES, record_batch

FEEDBACK = COLUMNS["feedback"]
texts = st.text() | st.none()
integers = st.integers(-(2**63), 2**63 - 1) | st.none()
numbers = st.floats(allow_nan=False) | st.none()
labels = (integers, texts, integers)
rows = st.tuples(st.integers(0, 2**33), texts, texts, texts, *labels, numbers, numbers)


def read(content: bytes) -> pa.Table:
    table = pa.ipc.open_stream(io.BytesIO(content)).read_all()
    table.validate(full=True)
    return table


@given(st.lists(rows, min_size=1, max_size=20))
def test_what_is_written_is_read(table: list[tuple[Any, ...]]) -> None:
    columns = [list(column) for column in zip(*table, strict=True)]
    content = SCHEMA_MESSAGES["feedback"] + record_batch("feedback", columns) + END_OF_STREAM
    found = read(content).set_column(0, "time", read(content)["time"].cast(pa.int64()))
    columns[0] = [second * 1_000_000 for second in columns[0]]
    assert found.to_pydict() == dict(zip(FEEDBACK, columns, strict=True))


def test_lists_of_numbers_and_missing_values() -> None:
    one: dict[str, Any] = dict.fromkeys(COLUMNS["predictions"])
    one |= {"time": 1.5, "probabilities": [0.25, 0.75], "confidence": 0.75}
    other = one | {"time": 2.0, "probabilities": [1.0, 2.0, 3.0], "confidence": None, "text": ""}
    columns = [[one[name], other[name]] for name in COLUMNS["predictions"]]
    table = read(SCHEMA_MESSAGES["predictions"] + record_batch("predictions", columns))
    assert table["probabilities"].to_pylist() == [[0.25, 0.75], [1.0, 2.0, 3.0]]
    assert table["confidence"].to_pylist() == [0.75, None]
    assert table["text"].to_pylist() == [None, ""]
    assert [str(time) for time in table["time"].to_pylist()] == [
        "1970-01-01 00:00:01.500000+00:00",
        "1970-01-01 00:00:02+00:00",
    ]


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    columns: list[list[Any]] = [[0], ["a\udcffb"], ["m"], [None], [1], ["x"], *[[None]] * 3]
    table = read(SCHEMA_MESSAGES["feedback"] + record_batch("feedback", columns))
    assert table["request_id"].to_pylist() == ["a?b"]


def test_a_column_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        record_batch("feedback", [[0]])
