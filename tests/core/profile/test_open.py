"""Sources are looked at as a run reads them; odd ones have a clear outcome."""

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from openpyxl import Workbook

from core.data.files import open_file
from core.errors import ConfigError, DataError, GatehouseError
from core.profile import large, pieces
from core.profile.open import look_at_source
from core.profile.profile import all_columns
from core.profile.sample import Sample
from tests.core.profile.files import customers, houses, write_csv


def look(path: Path, sheet: str | None = None) -> Sample:
    return look_at_source(str(path), sheet)


def refused(path: Path, sheet: str | None = None) -> str:
    with pytest.raises(GatehouseError) as caught:
        look(path, sheet)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("mark", "separator"), [(",", None), (";", ";"), ("\t", "\t"), ("|", "|")])
def test_a_run_reads_what_was_looked_at(tmp_path: Path, mark: str, separator: str | None) -> None:
    rows = customers(20)
    sample = look(write_csv(tmp_path / "file.csv", rows, mark))
    assert sample.source.separator == separator
    assert (sample.rows, sample.whole, sample.is_typed) == (20, True, False)
    read = open_file(sample.source).read(rows[0], texts=rows[0])
    assert read.column("plan").to_pylist() == sample.table.column("plan").to_pylist()


def test_a_decimal_comma_becomes_a_setting(tmp_path: Path) -> None:
    sample = look(write_csv(tmp_path / "file.csv", houses(50), ";"))
    assert (sample.source.separator, sample.source.decimal) == (";", ",")
    assert len(sample.notes) == 2


@pytest.mark.parametrize(
    ("name", "form"),
    [("file.tsv", None), ("file.txt", "csv"), ("file.tab", "tsv"), ("FILE.CSV", None)],
)
def test_the_format_is_a_setting_where_the_ending_does_not_tell(
    tmp_path: Path, name: str, form: str | None
) -> None:
    sample = look(write_csv(tmp_path / name, customers(20), "\t"))
    assert sample.source.format == form
    assert open_file(sample.source).names == tuple(customers(1)[0])


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"\xef\xbb\xbfage,y\n1,2\n")
    assert look(path).table.column_names == ["age", "y"]


def test_parquet_and_json_lines_keep_their_types(tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2], "t": ["a", None], "l": [[1], [2]], "s": [{"a": 1}, None]})
    pa.parquet.write_table(table, tmp_path / "file.parquet")
    lines = "\n".join(json.dumps(row) for row in table.to_pylist())
    (tmp_path / "file.jsonl").write_text(lines, encoding="utf-8")
    for name in ("file.parquet", "file.jsonl"):
        sample = look(tmp_path / name)
        assert sample.table.to_pylist() == table.select(["n", "t"]).to_pylist()
        assert set(sample.unreadable) == {"l", "s"}


def test_integers_beyond_int64_are_numbers(tmp_path: Path) -> None:
    big = pa.array([2**63 + 7 * n**3 for n in range(30)], pa.uint64())
    table = pa.table({"n": big, "y": ["a", "b"] * 15})
    pa.parquet.write_table(table, tmp_path / "file.parquet")
    columns = all_columns(look(tmp_path / "file.parquet"))
    assert [(column.kind, column.problem) for column in columns] == [
        ("number", ""),
        ("category", ""),
    ]


def test_json_columns_of_mixed_types_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text('{"a": 1, "b": 2}\n{"a": "x", "b": 3}\n', encoding="utf-8")
    sample = look(path)
    assert sample.table.to_pylist() == [{"b": 2}, {"b": 3}]
    assert "mixes types" in sample.unreadable["a"]


def test_of_two_sheets_the_first_is_read_and_told(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Data"
    for row in customers(20):
        book.active.append(list(row))
    book.create_sheet("Notes").append(["remark", "by"])
    book["Notes"].append(["fine", "me"])
    book.save(tmp_path / "file.xlsx")
    sample = look(tmp_path / "file.xlsx")
    assert (sample.source.sheet, sample.rows) == ("Data", 20)
    assert sample.notes == ("sheet 'Data' was read, not Notes; another: --sheet NAME",)
    other = look(tmp_path / "file.xlsx", "Notes")
    assert (other.source.sheet, other.table.to_pylist()) == (
        "Notes",
        [{"remark": "fine", "by": "me"}],
    )
    assert "Data, Notes" in refused(tmp_path / "file.xlsx", "Nots")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("file.csv", b"", "is empty"),
        ("file.csv", b"a,b\n", "has no rows"),
        ("file.csv", b"\n\n", "has no rows"),
        ("file.csv", b"a,b\n1,2\n3\n", "1 values in row 3"),
        ("file.csv", b"a,b\n1,2\n3,4,5\n", "a value that holds a comma needs quotes"),
        ("file.csv", b'a,b,c\n1,"2,3\n4,"5,6\n', "the row in line 2 runs on to line 3; close the"),
        ("file.csv", b"a,b,c\n1,2,3\n4;5;6\n", "that row is separated by a semicolon"),
        ("file.csv", b"a,b,a\n1,2,3\n", "several columns named 'a'"),
        ("file.csv", "a,b\nß,2\n".encode("latin-1"), "is not UTF-8 (line 2): convert it"),
        ("file.csv", "a,b\n1,2\n".encode("utf-16"), "iconv -f UTF-16"),
        ("file.csv", b"5.1,3.5,setosa\n4.9,3.0,setosa\n", "holds values, not names"),
        ("file.jsonl", b'{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ("file.jsonl", b"[1, 2]\n", "line 1 is no JSON object"),
        ("file.jsonl", b"\n", "has no rows"),
        ("file.parquet", b"PAR1 and no more", "can't be read"),
        ("file.xlsx", b"PK and no more", "can't be read"),
        ("file.zip", b"PK", "unpack"),
        ("file", b"a,b\n1,2\n", "can't tell the format"),
    ],
)
def test_what_no_run_could_read_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    message = refused(tmp_path / name)
    assert message.startswith("--data: ")
    assert words in message


def test_a_folder_and_nothing_at_all(tmp_path: Path) -> None:
    assert "is a folder" in refused(tmp_path)
    assert "does not exist" in refused(tmp_path / "file.csv")
    write_csv(tmp_path / "file.csv", customers(20))
    assert "is of Excel files" in refused(tmp_path / "file.csv", "Data")


def test_names_that_count_are_names(tmp_path: Path) -> None:
    assert look(write_csv(tmp_path / "file.csv", [(0, 1, 2), (5, 6, 7)])).rows == 1


def test_a_huge_cell_is_read(tmp_path: Path) -> None:
    sample = look(write_csv(tmp_path / "file.csv", [("text", "y"), ("x" * 300_000, 1), ("z", 2)]))
    assert len(sample.table.column("text")[0].as_py()) == 300_000


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LARGE_BYTES", 20_000)
    monkeypatch.setattr(pieces, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(pieces.read_head, "__defaults__", (8000,))


@pytest.mark.usefixtures("small_pieces")
def test_of_a_large_csv_pieces_from_everywhere_are_looked_at(tmp_path: Path) -> None:
    rows = [(number, f'said "{number}"\nand, more', number % 3) for number in range(9000)]
    sample = look(write_csv(tmp_path / "file.csv", [("id", "note", "y"), *rows]))
    assert (sample.is_estimate, sample.whole) == (True, False)
    assert sample.rows == pytest.approx(9000, rel=0.1)
    ids = [int(value) for value in sample.table.column("id").to_pylist()]
    assert len(ids) < 4000
    assert {number // 1000 for number in ids} == set(range(9))
    assert all(rows[int(row["id"])][1] == row["note"] for row in sample.table.to_pylist())


@pytest.mark.usefixtures("small_pieces")
def test_of_large_json_lines_too(tmp_path: Path) -> None:
    lines = (json.dumps({"id": number, "note": "ä" * 10, "y": [1]}) for number in range(5000))
    (tmp_path / "file.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sample = look(tmp_path / "file.jsonl")
    assert sample.rows == pytest.approx(5000, rel=0.1)
    assert {number // 1000 for number in sample.table.column("id").to_pylist()} == set(range(5))
    assert set(sample.unreadable) == {"y"}


@pytest.mark.usefixtures("small_pieces")
def test_a_ragged_row_in_the_beginning_of_a_large_file(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "file.csv", [("a", "b"), *[(1, 2)] * 50, (1,), *[(1, 2)] * 9000])
    assert "has 1 values in row 52" in refused(path)


def test_of_a_large_parquet_file_rows_of_many_groups_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "rows_to_look_at", lambda columns: 320)
    table = pa.table({"id": list(range(4000))})
    pa.parquet.write_table(table, tmp_path / "file.parquet", row_group_size=100)
    sample = look(tmp_path / "file.parquet")
    assert (sample.rows, sample.table.num_rows, sample.is_estimate) == (4000, 320, False)
    assert max(sample.table.column("id").to_pylist()) > 3500


def test_many_rows_are_thinned_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.profile.streams.rows_to_look_at", lambda columns: 100)
    sample = look(write_csv(tmp_path / "file.csv", [("id", "y"), *((n, 1) for n in range(1000))]))
    ids = [int(value) for value in sample.table.column("id").to_pylist()]
    assert (sample.rows, sample.whole) == (1000, False)
    assert 100 <= len(ids) <= 200
    assert {b - a for a, b in pairwise(ids)} == {ids[1]}


def test_the_kinds_of_errors_differ(tmp_path: Path) -> None:
    """Wrong usage has exit code 2, bad data 1."""
    with pytest.raises(ConfigError):
        look(tmp_path / "nothing.csv")
    (tmp_path / "file.csv").touch()
    with pytest.raises(DataError):
        look(tmp_path / "file.csv")
