"""Label values and class ids."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from core.data.dataset import Dataset
from core.data.labels import class_values, encode_labels, label_names, valid_label_values
from core.errors import DataError

NAMES = ("World", "Sports", "Business")


def dataset(values: list[object], labels: tuple[str, ...] = NAMES) -> Dataset:
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(len(values))], "label": values})
    return Dataset(frame, ("text",), "label", labels, encoded=False, fingerprint="f")


@pytest.mark.parametrize(
    ("values", "labels", "ids"),
    [
        (["Sports", "World", "Business"], NAMES, [1, 0, 2]),
        ([2, 0, 1], NAMES, [2, 0, 1]),
        (["2", "0", "1"], NAMES, [2, 0, 1]),
        ([2.0, 0.0], NAMES, [2, 0]),
        ([False, True], NAMES, [0, 1]),
        ([False, True], ("true", "false"), [1, 0]),
        ([False, True], ("True", "False"), [1, 0]),
        ([1, 5, 3], ("1", "3", "5"), [0, 2, 1]),
        (["1", "0"], ("1", "0"), [0, 1]),
        ([0.5, 1.5], ("0.5", "1.5"), [0, 1]),
    ],
)
def test_values_become_ids(values: list[object], labels: tuple[str, ...], ids: list[int]) -> None:
    encoded = encode_labels(dataset(values, labels))
    assert encoded.encoded
    assert encoded.y.tolist() == ids
    assert encoded.frame["label"].dtype == "int64"


@pytest.mark.parametrize(
    ("values", "row", "told"),
    [
        (["World", "Weather"], 1, "'Weather'"),
        (["World", "0"], 1, "'0'"),
        ([0, 3], 1, "3"),
        ([-1, 0], 0, "-1"),
        ([0.5, 1.0], 0, "0.5"),
        (["World", None], 1, "no label"),
        ([0.0, float("nan")], 1, "no label"),
        (["0", "00"], 1, "'00'"),
        (["0", "9" * 5000], 1, "'9"),
    ],
)
def test_an_unknown_label_names_value_row_and_labels(
    values: list[object], row: int, told: str
) -> None:
    with pytest.raises(DataError) as caught:
        encode_labels(dataset(values))
    message = str(caught.value)
    assert f"row {row} " in message
    assert told in message
    assert "World, Sports, Business" in message


def test_the_row_told_is_that_of_the_source() -> None:
    raw = dataset(["World", "Sports", "Weather"])
    with pytest.raises(DataError, match="row 2 "):
        encode_labels(replace(raw, frame=raw.frame.iloc[1:]))


def test_valid_values_are_those_that_encode() -> None:
    assert valid_label_values(dataset(["World", "Weather", None, "Sports"])) == ["Sports", "World"]
    assert valid_label_values(dataset([0, 7, 2])) == [0, 2]
    assert valid_label_values(encode_labels(dataset(["World", "Sports"]))) == [0, 1, 2]


def test_encoding_keeps_the_original_and_is_done_once() -> None:
    raw = dataset(["World", "Sports"])
    encoded = encode_labels(raw)
    assert raw.frame["label"].tolist() == ["World", "Sports"]
    assert encode_labels(encoded) is encoded


def test_spaces_around_a_class_are_none() -> None:
    texts = pa.chunked_array([pa.array(["no", " no ", " ", None], pa.large_string())])
    assert class_values(texts).to_pylist() == ["no", "no", None, None]
    numbers = pa.chunked_array([pa.array([1, 2])])
    assert class_values(numbers) is numbers


def test_names_of_values() -> None:
    assert label_names([False, True]) == ("false", "true")
    assert label_names([1, 2, 10]) == ("1", "2", "10")
