"""Tables: loading, splitting, leaks, batches."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from core.data.fingerprint import fingerprint
from core.data.rows import served_rows
from core.data.tables import (
    load_table_batch,
    split_table,
    table_frame,
    table_leaks,
)
from core.errors import DataError
from tests.core.data.table_files import SHARES, config, frame_csv, load, numbers, refuse, write
from tests.core.data.test_prediction_log import write as write_log
from tests.telemetry import answer

CSV = (
    "id,size,town,sold,note,label\n"
    '1,"1,200",Ulm,2026-01-31,a,x\n'
    "2,NA,,2026-02-01,,y\n"
    "3,7.5, Bonn ,,b,x\n"
    "4,8,Ulm,2026-02-03,b,\n"
)
KINDS = {"size": "number", "town": "category", "sold": "date", "note": "text"}


def test_columns_have_the_form_of_their_kinds(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, CSV), columns=KINDS)
    assert dataset.inputs == tuple(KINDS)
    assert dataset.kinds == tuple(KINDS.values())
    assert dataset.labels == ("x", "y")
    assert list(dataset.frame.columns) == [*KINDS, "label"]
    assert dataset.frame.dtypes.astype(str).tolist() == ["float64", "str", "str", "str", "str"]
    assert served_rows(dataset) == [
        {"size": 1200.0, "town": "Ulm", "sold": "2026-01-31T00:00:00", "note": "a"},
        {"size": None, "town": None, "sold": "2026-02-01T00:00:00", "note": None},
        {"size": 7.5, "town": "Bonn", "sold": None, "note": "b"},
        {"size": 8.0, "town": "Ulm", "sold": "2026-02-03T00:00:00", "note": "b"},
    ]
    assert dataset.fingerprint == fingerprint(dataset.frame)
    assert list(table_frame(dataset).columns) == list(KINDS)


def test_kinds_are_inferred_and_what_names_rows_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame = numbers(20, id=range(20), flag=[True, False] * 10, same=1, none=None)
    with caplog.at_level(logging.WARNING):
        dataset = load(frame_csv(tmp_path, frame), drop=["none"])
    assert dict(zip(dataset.inputs, dataset.kinds, strict=True)) == {
        "a": "number",
        "flag": "category",
    }
    assert dataset.frame["flag"].tolist() == ["true", "false"] * 10
    told = "\n".join(caplog.messages)
    assert "id left out: an identifier" in told
    assert "same left out: constant" in told
    assert "none" not in told


def test_a_level_does_not_hang_on_the_others_of_its_column(tmp_path: Path) -> None:
    columns = {"flag": "category", "code": "category"}
    spelled = write(tmp_path, "flag,code,label\nTrue,1.0,x\nFALSE,2.0,y\n")
    dataset = load(spelled, columns=columns)
    assert dataset.frame["flag"].tolist() == ["true", "false"]
    assert dataset.frame["code"].tolist() == ["1", "2"]
    path = write(tmp_path, "flag,code\nTrue,1.0\nmaybe,n/a\n", "batch.csv")
    batch = load_table_batch(str(path), config(path, columns=columns), "m", dataset)
    assert batch.to_numpy().tolist() == [["true", "1"], ["maybe", "n/a"]]


def test_gaps_are_those_of_the_whole_source(tmp_path: Path) -> None:
    frame = numbers(60, b=[None, *[1.5, 2.5] * 29, 3.5], town=["u", "b"] * 30)
    dataset = load(frame_csv(tmp_path, frame))
    assert dataset.nullable == ("b",)
    splits = split_table(dataset, SHARES, 1, drop_duplicates=True)
    assert [split.nullable for split in splits.values()] == [("b",)] * 3


@pytest.mark.parametrize(
    ("days", "read"),
    [
        (("01/03/2024", "02/03/2024"), ["2024-03-01", "2024-03-02"]),
        (("01/03/2024", "2024-03-02"), ["2024-03-01", "2024-03-02"]),
        (("01/03/2024", ""), ["2024-03-01", None]),
        (("03/12/2024", "03/13/2024"), "row 1 .*'03/13/2024' .*read as DD/MM/YYYY or ISO 8601"),
        (("01.03.2024", "02.03.2024"), "row 0 .*'01.03.2024'"),
    ],
)
def test_dates_of_a_batch_are_read_as_in_training(
    tmp_path: Path, days: tuple[str, str], read: Any
) -> None:
    columns = {"day": "date"}
    like = load(write(tmp_path, "day,label\n13/01/2024,x\n2/1/2024,y\n"), columns=columns)
    assert like.formats == {"day": "%d/%m/%Y"}
    path = write(tmp_path, "n,day\n" + "".join(f"1,{day}\n" for day in days), "batch.csv")
    options = config(path, columns=columns)
    if isinstance(read, str):
        with pytest.raises(DataError, match=f"^--batch: column 'day' takes dates, but {read}"):
            load_table_batch(str(path), options, "m", like)
        return
    batch = load_table_batch(str(path), options, "m", like)
    expected = [day and f"{day}T00:00:00" for day in read]
    assert batch["day"].astype(object).where(batch["day"].notna(), None).tolist() == expected


def test_classes_differ_by_more_than_spaces(tmp_path: Path) -> None:
    path = write(tmp_path, "a,label\n1.5,no\n2,yes\n3,no \n4, yes\n5, \n")
    dataset = load(path, columns={"a": "number"})
    assert dataset.labels == ("no", "yes")
    assert dataset.frame["label"].dropna().tolist() == ["no", "yes", "no", "yes"]


def test_classes_with_leading_zeros_keep_them(tmp_path: Path) -> None:
    dataset = load(frame_csv(tmp_path, numbers(20).assign(label=["01", "10"] * 10)))
    assert dataset.labels == ("01", "10")


@pytest.mark.parametrize("ending", ["tsv", "jsonl", "parquet", "xlsx"])
def test_every_format_gives_the_same_rows(tmp_path: Path, ending: str) -> None:
    frame = numbers(12, n=[1, None, 3] * 4, when=pd.to_datetime(["2026-01-31"] * 12))
    frame["flag"] = [True, False, None] * 4
    frame["code"] = ["007", "7", None] * 4
    columns = {"a": "number", "n": "number", "when": "date", "flag": "category"}
    path = tmp_path / f"rows.{ending}"
    match ending:
        case "tsv":
            frame.to_csv(path, index=False, sep="\t")
        case "jsonl":
            frame.to_json(
                path, orient="records", lines=True, double_precision=15, date_format="iso"
            )
        case "parquet":
            frame.to_parquet(path)
        case _:
            frame.to_excel(path, index=False)
    expected = load(frame_csv(tmp_path, frame), columns=columns | {"code": "category"})
    dataset = load(path, columns=columns | {"code": "category"})
    pd.testing.assert_frame_equal(dataset.frame, expected.frame, rtol=1e-12)
    assert dataset.labels == ("x", "y")
    assert dataset.frame["code"].dropna().unique().tolist() == ["007", "7"]


def test_a_quantity_is_read_as_number(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,label\n1,"1,000"\n2,\n2,7\n')
    dataset = load(path, has_classes=False, columns={"a": "number"})
    assert dataset.labels == ()
    assert dataset.frame["label"].tolist()[::2] == [1000.0, 7.0]
    assert dataset.frame["label"].isna().tolist() == [False, True, False]


def test_slices_may_be_inputs_or_not(tmp_path: Path) -> None:
    frame = numbers(20, town=["u", "b"] * 10, year=[2024.0, None] * 10)
    path = frame_csv(tmp_path, frame)
    dataset = load(path, columns={"a": "number"}, slices=["town", "year"])
    assert dataset.inputs == ("a",)
    assert list(dataset.frame.columns) == ["a", "label", "town", "year"]
    assert dataset.frame["year"].dtype == "float64"
    both = load(path, slices=["town"])
    assert both.inputs == ("a", "town", "year")
    assert list(both.frame.columns) == ["a", "town", "year", "label"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"label": "labl"}, "data.label"),
        ({"drop": ["b"]}, "data.drop"),
        ({"columns": {"b": "number"}}, "data.columns"),
        ({"slices": ["b"]}, "data.slices"),
    ],
)
def test_a_missing_column_names_its_key(tmp_path: Path, changes: Any, key: str) -> None:
    message = refuse(frame_csv(tmp_path, numbers(20)), **changes)
    assert message.startswith(f"{key}: ")
    assert f"--set {key}=" in message


@pytest.mark.parametrize("has_classes", [True, False])
def test_a_limit_is_stratified_and_keeps_row_numbers(tmp_path: Path, has_classes: bool) -> None:
    frame = numbers(400) if has_classes else numbers(400).assign(label=np.arange(400.0))
    path = tmp_path / "rows.parquet"
    pa.parquet.write_table(pa.Table.from_pandas(frame), path, row_group_size=37)
    dataset = load(path, has_classes=has_classes, limit=40)
    assert len(dataset) == 40
    rows = dataset.frame.index
    assert rows.is_monotonic_increasing
    np.testing.assert_array_equal(dataset.frame["a"], frame["a"].iloc[rows])
    if has_classes:
        assert dataset.frame["label"].value_counts().tolist() == [20, 20]
    else:
        assert np.bincount(rows // 40).tolist() == [4] * 10
    assert load(path, has_classes=has_classes, limit=40).fingerprint == dataset.fingerprint
    assert load(path, has_classes=has_classes, limit=40, seed=2).fingerprint != dataset.fingerprint


@pytest.mark.parametrize("has_classes", [True, False])
def test_splits_hold_every_row_once(tmp_path: Path, has_classes: bool) -> None:
    frame = numbers(200) if has_classes else numbers(200).assign(label=np.arange(200.0))
    splits = split_table(
        load(frame_csv(tmp_path, frame), has_classes=has_classes), SHARES, 1, drop_duplicates=True
    )
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 140,
        "validation": 30,
        "test": 30,
    }
    assert sorted(i for split in splits.values() for i in split.frame.index) == list(range(200))
    assert all(split.encoded for split in splits.values())
    assert table_leaks(splits) == []
    if has_classes:
        assert np.bincount(splits["test"].y).tolist() == [15, 15]
    else:
        assert np.bincount((splits["test"].y // 20).astype(int)).tolist() == [3] * 10


def test_equal_rows_are_dropped_or_stay_together(tmp_path: Path) -> None:
    frame = numbers(60)
    path = frame_csv(tmp_path, pd.concat([frame, frame.iloc[:20]]))
    dropped = split_table(load(path), SHARES, 1, drop_duplicates=True)
    kept = split_table(load(path), SHARES, 1, drop_duplicates=False)
    assert sum(map(len, dropped.values())) == 60
    assert max(i for split in dropped.values() for i in split.frame.index) == 59
    assert sum(map(len, kept.values())) == 80
    assert table_leaks(kept) == []


def test_equal_inputs_with_another_label_are_another_row(tmp_path: Path) -> None:
    frame = pd.concat([numbers(30), numbers(30).assign(label=["y", "x"] * 15)])
    splits = split_table(load(frame_csv(tmp_path, frame)), SHARES, 1, drop_duplicates=True)
    assert sum(map(len, splits.values())) == 60


def test_a_leak_is_told_by_row(tmp_path: Path) -> None:
    splits = split_table(load(frame_csv(tmp_path, numbers(60))), SHARES, 1, drop_duplicates=True)
    row = int(splits["train"].frame.index[0])
    assert table_leaks({"train": splits["train"], "test": splits["train"]})[0] == (
        "train",
        row,
        "test",
        row,
    )


def test_rows_without_a_label_are_left_out(tmp_path: Path) -> None:
    frame = numbers(40)
    frame.loc[[3, 5], "label"] = None
    splits = split_table(load(frame_csv(tmp_path, frame)), SHARES, 1, drop_duplicates=False)
    assert sum(map(len, splits.values())) == 38


def test_a_batch_file_is_read_like_the_training_rows(tmp_path: Path) -> None:
    like = load(write(tmp_path, CSV), columns=KINDS)
    path = write(tmp_path, 'note;sold;town;size;more\nc;2026-05-05;Ulm;"1,5";9\n', "b.csv")
    options = config(path, columns=KINDS, source={"separator": ";", "decimal": ","})
    batch = load_table_batch(str(path), options, "m", like)
    assert batch.to_dict("records") == [
        {"size": 1.5, "town": "Ulm", "sold": "2026-05-05T00:00:00", "note": "c"}
    ]
    assert batch.dtypes.equals(like.frame.dtypes[list(KINDS)])


@pytest.mark.parametrize(
    ("name", "mark"), [("b.txt", ";"), ("b.csv", ";"), ("b.tsv", "\t"), ("b.jsonl", "")]
)
def test_a_batch_of_another_format_has_its_own_marks(tmp_path: Path, name: str, mark: str) -> None:
    like = load(write(tmp_path, "a,label\n1,x\n2,y\n"), columns={"a": "number"})
    source = {"format": "csv", "separator": ";"}
    content = f"a{mark}b\n3{mark}4\n" if mark else '{"a": 3}\n'
    path = write(tmp_path, content, name)
    options = config(tmp_path / "rows.txt", columns={"a": "number"}, source=source)
    assert load_table_batch(str(path), options, "m", like)["a"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("size,town\n1,Ulm\n", "--batch: .*has no column 'sold'"),
        ("size,town,sold,note\nbig,Ulm,2026-05-05,a\n", "--batch: column 'size'.*row 0.*'big'"),
    ],
)
def test_a_batch_that_does_not_fit(tmp_path: Path, content: str, told: str) -> None:
    like = load(write(tmp_path, CSV), columns=KINDS)
    path = write(tmp_path, content, "batch.csv")
    with pytest.raises(DataError, match=told):
        load_table_batch(str(path), config(path, columns=KINDS), "m", like)


def test_a_prediction_log_has_rows_as_json(tmp_path: Path) -> None:
    like = load(write(tmp_path, CSV), columns=KINDS)
    rows = served_rows(like)
    answers = [answer(n, text=json.dumps(row)) for n, row in enumerate(rows)]
    folder = write_log(tmp_path / "log", answers)
    batch = load_table_batch(str(folder), config(tmp_path / "no.csv"), "news", like)
    pd.testing.assert_frame_equal(batch, table_frame(like))


@pytest.mark.parametrize("text", ['{"size": "big"}', "[1]", '"a text"'])
def test_a_log_of_other_rows(tmp_path: Path, text: str) -> None:
    like = load(write(tmp_path, CSV), columns=KINDS)
    folder = write_log(tmp_path / "log", [answer(text=text)])
    with pytest.raises(DataError, match=r"^--batch: .*rows of other columns than the model's"):
        load_table_batch(str(folder), config(tmp_path / "no.csv"), "news", like)
