"""From config to dataset."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from core.config.data import DataConfig
from core.data.fingerprint import fingerprint
from core.data.labels import encode_labels
from core.data.loading import load_dataset, source_state
from core.errors import ConfigError, DataError


def config(path: Path, **changes: object) -> DataConfig:
    source = {"kind": "file", "path": str(path)}
    return DataConfig.model_validate({"source": source, **changes})


def embedded(rows: int = 400, **changes: object) -> DataConfig:
    return DataConfig.model_validate({"source": {"kind": "embedded", "rows": rows}, **changes})


def csv(folder: Path, rows: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(f"text,label\n{rows}", encoding="utf-8")
    return path


def test_the_embedded_data_with_a_limit() -> None:
    dataset = load_dataset(embedded(limit=40), seed=1)
    assert dataset.labels == ("World", "Sports", "Business", "Sci/Tech")
    assert Counter(dataset.frame["label"]) == dict.fromkeys(dataset.labels, 10)
    assert list(dataset.frame.columns) == ["text", "label"]
    assert not dataset.encoded
    assert encode_labels(dataset).y.max() == 3


def test_the_fingerprint_is_of_the_rows_kept() -> None:
    dataset = load_dataset(embedded(limit=40), seed=1)
    assert dataset.fingerprint == fingerprint(dataset.frame)
    assert dataset.fingerprint == load_dataset(embedded(limit=40), seed=1).fingerprint
    assert dataset.fingerprint != load_dataset(embedded(limit=40), seed=2).fingerprint


def test_labels_are_the_configs_else_the_sorted_values(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,10\nb,9\nc,10\n")
    assert load_dataset(config(path), seed=1).labels == ("9", "10")
    assert load_dataset(config(path, labels=["10", "9"]), seed=1).labels == ("10", "9")


def test_missing_values_stay_missing(tmp_path: Path) -> None:
    dataset = load_dataset(config(csv(tmp_path, ",0\nb,\nc,1\n")), seed=1)
    assert dataset.frame.isna().to_numpy().tolist() == [[True, False], [False, True], [False] * 2]


def test_a_label_outside_the_set_is_left_to_validation(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,World\nb,Sports\nc,Weather\n")
    dataset = load_dataset(config(path, labels=["World", "Sports"]), seed=1)
    with pytest.raises(DataError, match="'Weather'"):
        encode_labels(dataset)


@pytest.mark.parametrize(
    ("rows", "key", "told"),
    [
        ("a,World\nb,World\n", r"data\.label", "only the value 'World'"),
        ("a,\nb,\n", r"data\.label", "no values"),
        (",World\n,Sports\n", r"data\.text", "no text"),
    ],
)
def test_data_without_anything_to_learn(tmp_path: Path, rows: str, key: str, told: str) -> None:
    with pytest.raises(DataError, match=f"{key}.*{told}.*--set"):
        load_dataset(config(csv(tmp_path, rows)), seed=1)


def test_a_missing_column_of_the_embedded_data() -> None:
    with pytest.raises(DataError, match=r"data\.text.*'headline'"):
        load_dataset(embedded(text="headline"), seed=1)


def test_the_state_of_a_file_follows_its_bytes(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,0\nb,1\n")
    source = config(path).source
    before = source_state(source)
    os.utime(path, (0, 0))
    assert source_state(source) == before
    path.write_text("text,label\na,0\nc,1\n", encoding="utf-8")
    assert source_state(source) != before


def test_the_state_of_generated_data_is_constant() -> None:
    assert source_state(embedded(10).source) == source_state(embedded(20).source)


def test_the_state_of_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.source\.path"):
        source_state(config(tmp_path / "no.csv").source)


@pytest.mark.data
def test_ag_news() -> None:
    path = Path(os.environ["DATA_DIR"]) / "ag_news" / "ag_news_10k.parquet"
    names = ["World", "Sports", "Business", "Sci/Tech"]
    dataset = encode_labels(load_dataset(config(path, labels=names, limit=2000), seed=42))
    assert len(dataset) == 2000
    assert set(dataset.y) == {0, 1, 2, 3}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_columns_kept_to_slice_by(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame(
        {
            "year": [2024, 2025, None, 2024],
            "label": ["a", "b", "a", "b"],
            "desk": ["x", None, "y", "x"],
            "text": ["one", "two", "three", "four"],
        }
    )
    path = tmp_path / f"rows.{ending}"
    match ending:
        case "csv":
            frame.to_csv(path, index=False)
        case "jsonl":
            frame.to_json(path, orient="records", lines=True)
        case _:
            frame.to_parquet(path)
    dataset = load_dataset(config(path, slices=["desk", "year"]), seed=1)
    assert list(dataset.frame.columns) == ["text", "label", "desk", "year"]
    assert dataset.slices == ("desk", "year")
    assert dataset.inputs == ("text",)
    kept = dataset.frame[["desk", "year"]].astype(object).where(dataset.frame.notna(), None)
    assert kept.to_numpy().tolist() == [
        ["x", "2024"],
        [None, "2025"],
        ["y", None],
        ["x", "2024"],
    ]
    without = load_dataset(config(path), seed=1)
    assert without.texts == dataset.texts
    assert without.fingerprint != dataset.fingerprint == fingerprint(dataset.frame)


def test_a_slice_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.slices: .* has no column 'desk'"):
        load_dataset(config(csv(tmp_path, "a,0\nb,1\n"), slices=["desk"]), seed=1)
    with pytest.raises(DataError, match=r"data\.slices: the embedded data has no column 'desk'"):
        load_dataset(embedded(slices=["desk"]), seed=1)
