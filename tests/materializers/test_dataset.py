from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core.config.data import DataConfig, EmbeddedSource, SplitShares
from core.data.dataset import Dataset
from core.data.fingerprint import fingerprint
from core.tasks import get_task
from materializers.dataset import DatasetMaterializer

TASK = get_task("text_classification")


@pytest.fixture(scope="module")
def raw() -> Dataset:
    config = DataConfig(source=EmbeddedSource(kind="embedded", rows=80), limit=40)
    return TASK.load(config, seed=1)


def test_a_dataset_comes_back_as_it_was(raw: Dataset, stored: Any) -> None:
    encoded = TASK.split(raw, SplitShares(), 1, drop_duplicates=False)["test"]
    for dataset in (raw, encoded):
        loaded = stored(DatasetMaterializer, dataset).load(Dataset)
        pd.testing.assert_frame_equal(loaded.frame, dataset.frame)
        assert replace(loaded, frame=dataset.frame) == dataset


def test_columns_to_slice_by_come_back(stored: Any) -> None:
    frame = pd.DataFrame({"text": ["a"], "label": [1], "desk": ["x"]})
    dataset = Dataset(frame, ("text",), "label", ("x", "y"), False, "f", ("desk",))
    assert stored(DatasetMaterializer, dataset).load(Dataset).slices == ("desk",)


def test_missing_values_come_back(stored: Any) -> None:
    frame = pd.DataFrame({"text": ["a", None], "label": [1.0, None]})
    dataset = Dataset(frame, ("text",), "label", ("x", "y"), False, "f")
    loaded = stored(DatasetMaterializer, dataset).load(Dataset)
    pd.testing.assert_frame_equal(loaded.frame, frame)


def test_rows_are_compressed_by_zstd(raw: Dataset, stored: Any) -> None:
    file = pq.ParquetFile(f"{stored(DatasetMaterializer, raw).uri}/rows.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_hash_is_of_rows_and_meaning(raw: Dataset, stored: Any) -> None:
    materializer = stored(DatasetMaterializer, raw)
    others = [
        replace(raw, fingerprint="other"),
        replace(raw, labels=raw.labels[::-1]),
        replace(raw, encoded=True),
    ]
    hashes = [materializer.compute_content_hash(item) for item in (raw, *others)]
    assert len(set(hashes)) == 4
    assert materializer.compute_content_hash(replace(raw)) == hashes[0]


def test_metadata_tell_size_and_identity(raw: Dataset, stored: Any) -> None:
    assert stored(DatasetMaterializer, raw).extract_metadata(raw) == {
        "rows": 40,
        "fingerprint": raw.fingerprint,
        "labels": list(raw.labels),
    }


def test_many_and_ambiguous_class_names_have_a_hash(raw: Dataset, stored: Any) -> None:
    materializer = stored(DatasetMaterializer, raw)
    names = [("a|b", "c"), ("a", "b|c"), tuple(f"a class with a long name {n}" for n in range(30))]
    hashes = {materializer.compute_content_hash(replace(raw, labels=name)) for name in names}
    assert len(hashes) == 3
    assert all(len(value) <= 255 for value in hashes)  # ZenML's column


def test_a_table_comes_back_bit_by_bit(stored: Any) -> None:
    frame = pd.DataFrame(
        {
            "size": [0.1, float("nan"), -0.0, 3.0],
            "town": ["a", None, "b", "a"],
            "sold": ["2026-01-31T00:00:00", None, None, None],
            "label": [0.5, 1.0, 2.0, 3.0],
        },
        index=[3, 5, 8, 9],
    )
    kinds = ("number", "category", "date")
    names = ("size", "town", "sold")
    dataset = Dataset(
        *(frame, names, "label", (), True, fingerprint(frame), ("town",), kinds),
        nullable=("size", "sold"),
        formats={"sold": "%d.%m.%Y"},
    )
    materializer = stored(DatasetMaterializer, dataset)
    loaded = materializer.load(Dataset)
    pd.testing.assert_frame_equal(loaded.frame, frame, check_exact=True)
    assert np.signbit(loaded.frame["size"][8])
    assert fingerprint(loaded.frame) == loaded.fingerprint == dataset.fingerprint
    assert replace(loaded, frame=frame) == dataset
    texts = replace(dataset, kinds=("number", "text", "date"))
    others = (texts, replace(dataset, nullable=()), replace(dataset, formats={}))
    hashes = {materializer.compute_content_hash(item) for item in (dataset, loaded, *others)}
    assert len(hashes) == 4
