"""The file source: what it reads, and how it refuses."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
from pydantic import ValidationError

from core.config.data import FileSource
from core.data.columns import as_text, require_columns
from core.data.files import open_file
from core.errors import ConfigError, DataError, GatehouseError

COLUMNS = ("text", "label")


def read(path: Path, kind: str | None = None) -> pa.Table:
    source = FileSource.model_validate({"kind": "file", "path": str(path), "format": kind})
    stream = open_file(source)
    require_columns(stream.names, {"text": "data.text", "label": "data.label"}, stream.where)
    return as_text(stream.read(COLUMNS, texts=("text",)), ("text",))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refuse(path: Path, kind: type[GatehouseError]) -> str:
    with pytest.raises(kind) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("data.")
    return message


def test_csv_keeps_digits_as_text_and_reads_only_what_is_needed(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,label,text\n1,0,12\n2,1,007\n")
    assert read(path).to_pydict() == {"text": ["12", "007"], "label": [0, 1]}


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "true", "2026-01-02"])
def test_words_that_mean_something_elsewhere_stay_text(tmp_path: Path, word: str) -> None:
    csv = write(tmp_path, "a.csv", f"text,label\n{word},x\n")
    row = json.dumps({"text": word, "label": "x"})
    jsonl = write(tmp_path, "a.jsonl", row)
    assert read(csv)["text"].to_pylist() == read(jsonl)["text"].to_pylist() == [word]


def test_a_label_like_a_date_keeps_its_spelling(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "text,label\na,2026-01-02\nb,2026-01-03\n")
    assert read(path)["label"].to_pylist() == ["2026-01-02", "2026-01-03"]


def test_csv_newlines_in_quotes_bom_and_empty_texts(tmp_path: Path) -> None:
    path = write(tmp_path, "a.CSV", '\ufefftext,label\n"one\ntwo",x\n"",y\n')
    assert read(path).to_pydict() == {"text": ["one\ntwo", None], "label": ["x", "y"]}


def test_jsonl_bom_blank_lines_numbers_and_missing_keys(tmp_path: Path) -> None:
    path = write(tmp_path, "a.jsonl", '\ufeff{"text": 5, "label": 1}\n\n{"label": 2, "x": [1]}\n')
    assert read(path).to_pydict() == {"text": ["5", None], "label": [1, 2]}


def test_parquet_of_any_string_type(tmp_path: Path) -> None:
    table = pa.table({"label": pa.array(["x", "y", "x"]).dictionary_encode(), "text": [1, 2, 3]})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").to_pydict() == {
        "text": ["1", "2", "3"],
        "label": ["x", "y", "x"],
    }


def test_the_format_overrides_the_ending(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "text\tlabel\na,b\t1\n")
    assert read(path, "tsv").to_pydict() == {"text": ["a,b"], "label": [1]}


@pytest.mark.parametrize("separator", ["é", '"', "\n", "\r", "a", "7", "", ";;"])
def test_what_separates_no_fields(separator: str) -> None:
    with pytest.raises(ValidationError, match="separator"):
        FileSource(kind="file", path="a.csv", separator=separator)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_text_of_megabytes(tmp_path: Path, ending: str) -> None:
    text = "word " * 600_000
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        pa.parquet.write_table(pa.table({"text": [text, "b"], "label": [0, 1]}), path)
    elif ending == "csv":
        path.write_text(f"text,label\n{text},0\nb,1\n")
    else:
        path.write_text("".join(json.dumps({"text": t, "label": 0}) + "\n" for t in (text, "b")))
    assert read(path)["text"].to_pylist() == [text, "b"]


def test_a_missing_file(tmp_path: Path) -> None:
    assert "--set data.source.path=FILE" in refuse(tmp_path / "no.csv", ConfigError)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "is a folder" in refuse(tmp_path, ConfigError)


def test_an_unknown_ending_names_the_format_key(tmp_path: Path) -> None:
    message = refuse(write(tmp_path, "a.xls", "x"), ConfigError)
    assert "--set data.source.format=" in message


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_an_empty_file(tmp_path: Path, ending: str) -> None:
    assert "is empty" in refuse(write(tmp_path, f"a.{ending}", ""), DataError)


@pytest.mark.parametrize(("ending", "content"), [("csv", "text,label\n"), ("jsonl", "\n \n")])
def test_a_file_without_rows(tmp_path: Path, ending: str, content: str) -> None:
    assert "no rows" in refuse(write(tmp_path, f"a.{ending}", content), DataError)


@pytest.mark.parametrize(
    ("ending", "content"),
    [("csv", "txt,label\na,1\n"), ("tsv", "txt\tlabel\na\t1\n"), ("jsonl", '{"txt":1,"label":2}')],
)
def test_a_missing_column(tmp_path: Path, ending: str, content: str) -> None:
    message = refuse(write(tmp_path, f"a.{ending}", content), DataError)
    assert message.startswith("data.text")
    assert "--set data.text=txt" in message


def test_a_missing_column_of_parquet(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"text": ["a"], "labels": [1]}), tmp_path / "a.parquet")
    assert "--set data.label=labels" in refuse(tmp_path / "a.parquet", DataError)


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.csv", "text,label\na,1\nb,2,3\n", "row 3 (the header is row 1)"),
        ("a.csv", "text,label\na,1\nb\n", "row 3 (the header is row 1)"),
        ("a.jsonl", '{"text":"a","label":1}\n{"text":\n', "line 2"),
        ("a.jsonl", '{"text":"a","label":1}\n[1]\n', "line 2"),
        ("a.jsonl", '{"text":"a","label":1}\n{"text":"a","label":"x"}\n', "'label'"),
        ("a.jsonl", '{"text":"\\ud800","label":1}\n', "'text'"),
        ("a.parquet", "no parquet", "a.parquet"),
    ],
)
def test_damage_is_told_with_file_and_place(
    tmp_path: Path, name: str, content: str, place: str
) -> None:
    path = write(tmp_path, name, content)
    message = refuse(path, DataError)
    assert str(path) in message
    assert place in message


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_other_encodings_are_told_with_the_way_to_convert(
    tmp_path: Path, ending: str, encoding: str
) -> None:
    content = "text,label\nGröße,1\n".encode(encoding)
    message = refuse(write(tmp_path, f"a.{ending}", content), DataError)
    assert "not UTF-8 (line " in message
    assert "iconv" in message


def test_the_line_of_a_bad_byte_far_into_the_file(tmp_path: Path) -> None:
    content = b"text,label\n" + b"abcdefgh,1\n" * 150_000 + b"\xff,1\n"
    assert "(line 150002)" in refuse(write(tmp_path, "a.csv", content), DataError)
