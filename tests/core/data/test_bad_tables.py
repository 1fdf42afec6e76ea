"""Tables that are not as they should be: a clear outcome each."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config.data import FileSource
from core.data.files import open_file
from core.data.formats import delimited
from core.errors import ConfigError, DataError
from tests.core.data.table_files import frame_csv, load, numbers, refuse, write


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    content = "\ufeff" + numbers(20).to_csv(index=False, lineterminator="\r\n")
    assert load(write(tmp_path, content)).inputs == ("a",)


def test_another_separator_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b;label\n1;2;x\n")
    assert "looks separated by a semicolon" in refuse(path)
    assert "data.source.separator=';'" in refuse(path)
    good = frame_csv(tmp_path, numbers(20)).read_text().replace(",", ";")
    assert load(write(tmp_path, good), source={"separator": ";"}).inputs == ("a",)


def test_a_row_with_another_separator_is_named(tmp_path: Path) -> None:
    message = refuse(write(tmp_path, "a,b,label\n1,2,x\n3;4;y\n"))
    assert "1 values in row 3" in message
    assert "that row is separated by a semicolon" in message


def test_a_ragged_row_is_named(tmp_path: Path) -> None:
    message = refuse(write(tmp_path, "a,b,label\n1,2,x\n3,4,y,z\n"))
    assert "4 values in row 3" in message
    assert "and 3 columns" in message


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('1,"t 1,x\n2,"t 2,y\n3,t,x\n', "line 2 runs on to line 3"),
        ('1,t,x\n2,t,"y\n3,t,x\n4,t,y\n', "line 3 runs on to line 5"),
    ],
)
def test_a_quote_that_swallows_rows_is_named(tmp_path: Path, content: str, lines: str) -> None:
    message = refuse(write(tmp_path, "a,t,label\n" + content), columns={"t": "text"})
    assert "has a quote that does not end its value" in message
    assert lines in message


def test_values_with_line_ends_and_separators_are_values(tmp_path: Path) -> None:
    rows = "".join(f'{n},"{n} Main St\nBern, ""BE"", CH",{"xy"[n % 2]}\n' for n in range(20))
    dataset = load(write(tmp_path, "a,t,label\n" + rows), columns={"t": "text"})
    assert dataset.frame["t"].iloc[7] == '7 Main St\nBern, "BE", CH'


def test_a_name_twice(tmp_path: Path) -> None:
    assert "several columns named 'a'" in refuse(write(tmp_path, "a,a,label\n1,2,x\n"))


def test_thousands_separators_and_currency(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, 'a,label\n"$1,200",x\n$7,y\n'))
    assert dataset.frame["a"].tolist() == [1200, 7]


def test_a_single_row(tmp_path: Path) -> None:
    path = write(tmp_path, "a,label\n1,2\n")
    assert "only the value" in refuse(path, columns={"a": "number"})
    message = refuse(path, has_classes=False, columns={"a": "number"})
    assert "1 different rows have a number in 'label', too few" in message


def test_constant_columns_only(tmp_path: Path) -> None:
    message = refuse(frame_csv(tmp_path, numbers(20).assign(a=1, b="c")))
    assert message.startswith("data.columns: no column to learn from (a: constant, one value, 1")


def test_an_identifier_as_only_column(tmp_path: Path) -> None:
    message = refuse(frame_csv(tmp_path, numbers(20).assign(a=range(100, 120))))
    assert "a: an identifier, a whole number of its own in each row" in message
    assert "data.columns={COLUMN: number}" in message
    named = load(frame_csv(tmp_path, numbers(20).assign(a=range(20))), columns={"a": "number"})
    assert named.kinds == ("number",)


@pytest.mark.parametrize("value", ["inf", "-Infinity"])
def test_an_infinite_value_is_named(tmp_path: Path, value: str) -> None:
    message = refuse(write(tmp_path, f"a,label\n1,x\n{value},y\n2,x\n"))
    assert "column 'a' is infinite in row 1 (from 0)" in message
    path = write(tmp_path, f"a,label\n1,1\n3,{value}\n2,5\n")
    message = refuse(path, has_classes=False, columns={"a": "number"})
    assert message.startswith("data.label: column 'label' is infinite in row 1")


def test_an_infinite_value_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    numbers(20).assign(a=[np.inf] + [1.0, 2.0] * 9 + [3.0]).to_parquet(path)
    assert "infinite in row 0" in refuse(path)


def test_a_class_that_is_a_fraction(tmp_path: Path) -> None:
    path = frame_csv(tmp_path, numbers(20).assign(label=np.linspace(0, 1, 20)))
    message = refuse(path)
    assert message.startswith("data.label: ")
    assert "--set task=regression" in message
    whole = load(frame_csv(tmp_path, numbers(20).assign(label=[1.0, 2.0] * 10)))
    assert whole.labels == ("1", "2")


def test_whole_numbers_that_are_no_classes(tmp_path: Path) -> None:
    path = frame_csv(tmp_path, numbers(200).assign(label=range(200)))
    assert "200 different values in 200 rows" in refuse(path)


def test_classes_in_place_of_a_quantity(tmp_path: Path) -> None:
    message = refuse(frame_csv(tmp_path, numbers(20)), has_classes=False)
    assert "column 'label' takes numbers, but row 0 (from 0) has 'x'" in message
    assert "tabular_classification" in message


def test_dates_in_several_formats(tmp_path: Path) -> None:
    frame = numbers(20).assign(when=["2026-01-31", "31.01.2026"] * 10)
    path = frame_csv(tmp_path, frame)
    assert load(path).kinds == ("number", "category")
    message = refuse(path, columns={"when": "date"})
    assert "column 'when' takes dates, but row 0 (from 0) has '2026-01-31'" in message
    assert "as ISO 8601 or DD.MM.YYYY" in message
    assert "write all dates as YYYY-MM-DD" in message


def test_a_value_of_another_kind_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a,label\n1,x\n2,y\nthree,x\n")
    message = refuse(path, columns={"a": "number"})
    assert "takes numbers, but row 2 (from 0) has 'three'" in message
    assert "data.columns.a=category" in message


def test_the_row_named_is_that_of_the_source(tmp_path: Path) -> None:
    frame = numbers(400).astype({"a": object})
    frame.loc[frame.index >= 200, "a"] = "?!"
    message = refuse(frame_csv(tmp_path, frame), columns={"a": "number"}, limit=20)
    row = int(message.split("row ")[1].split()[0])
    assert frame["a"][row] == "?!"


def test_a_class_with_one_row(tmp_path: Path) -> None:
    path = frame_csv(tmp_path, numbers(20).assign(label=["z", *["x", "y"] * 9, "x"]))
    assert "class 'z' has 1 rows, too few" in refuse(path)


def test_nested_values_are_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, '{"a": [1], "label": 1}\n{"a": [2], "label": 2}\n', "rows.jsonl")
    with pytest.raises(DataError, match="column 'a' holds list"):
        load(path)


def test_an_excel_sheet_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    numbers(20).to_excel(path, sheet_name="sales", index=False)
    with pytest.raises(ConfigError, match=r"data\.source\.sheet: .* no sheet 'sale'; known: sales"):
        load(path, source={"sheet": "sale"})


def test_an_excel_column_of_mixed_types_is_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsx"
    numbers(4).assign(a=[1, "x", 2.5, None]).to_excel(path, index=False)
    assert load(path).frame["a"].dropna().tolist() == ["1", "x", "2.5"]
    write(tmp_path, "no zip", "bad.xlsx")
    assert "can't be read" in refuse(tmp_path / "bad.xlsx")


def test_ten_thousand_columns(tmp_path: Path) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(12, 10_000))).add_prefix("c")
    path = tmp_path / "rows.parquet"
    frame.assign(label=["x", "y"] * 6).to_parquet(path)
    started = time.process_time()
    assert len(load(path).inputs) == 10_000
    assert time.process_time() - started < 20, "about 2 s; it must not grow with the square"


def test_a_file_larger_than_memory_is_read_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_LARGE_FILE", 1000)
    monkeypatch.setattr(delimited, "_BLOCK_OF_LARGE", 4096)
    frame = numbers(2000)
    path = frame_csv(tmp_path, frame)
    parts = list(open_file(FileSource(kind="file", path=str(path))).batches(("a",)))
    assert len(parts) > 5
    dataset = load(path, limit=100)
    kept = frame["a"].iloc[dataset.frame.index]
    np.testing.assert_allclose(dataset.frame["a"], kept)
    path.write_text(path.read_text() + "1,x,3\n")
    assert "3 values in row 2002" in refuse(path, limit=100)
