"""The data sets of scikit-learn."""

import os
from pathlib import Path

import pytest
import sklearn.datasets

from core.config.data import DataConfig, SklearnSource, SplitShares
from core.data.loading import source_state
from core.data.tables import load_table, split_table
from core.errors import SourceUnavailableError


def config(name: str, label: str = "target") -> DataConfig:
    return DataConfig.model_validate({"source": {"kind": "sklearn", "name": name}, "label": label})


@pytest.mark.parametrize(
    ("name", "rows", "columns", "labels"),
    [
        ("breast_cancer", 569, 30, ("malignant", "benign")),
        ("wine", 178, 13, ("class_0", "class_1", "class_2")),
        ("iris", 150, 4, ("setosa", "versicolor", "virginica")),
        ("diabetes", 442, 10, ()),
    ],
)
def test_the_small_ones(name: str, rows: int, columns: int, labels: tuple[str, ...]) -> None:
    dataset = load_table(config(name), 1, has_classes=bool(labels))
    assert (len(dataset), len(dataset.inputs), dataset.labels) == (rows, columns, labels)
    assert set(dataset.kinds) == {"number"}
    assert len(split_table(dataset, SplitShares(), 1, True)) == 3


def test_the_houses_need_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(**_: object) -> None:
        raise OSError("Name or service\nnot known")

    monkeypatch.setattr(sklearn.datasets, "fetch_california_housing", fetch)
    with pytest.raises(SourceUnavailableError) as caught:
        load_table(config("california_housing", "MedHouseVal"), 1, has_classes=False)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("data.source.name: can't download california_housing")
    assert "--set data.source.kind=file" in message


def test_the_state_is_that_of_the_library() -> None:
    assert source_state(SklearnSource(kind="sklearn", name="wine")) == "sklearn"


@pytest.mark.data
def test_the_houses_of_a_file() -> None:
    path = Path(os.environ["DATA_DIR"]) / "california_housing" / "housing.csv"
    source = {"kind": "file", "path": str(path)}
    values = {"source": source, "label": "median_house_value"}
    dataset = load_table(DataConfig.model_validate(values), 1, has_classes=False)
    assert dataset.frame["total_bedrooms"].isna().sum() == 207
    assert dict(zip(dataset.inputs, dataset.kinds, strict=True))["ocean_proximity"] == "category"
