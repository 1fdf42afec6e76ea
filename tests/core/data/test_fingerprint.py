"""The fingerprint: equal for equal content, different otherwise."""

import csv
import json
import string
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from core.config.data import FileSource
from core.data.files import open_file
from core.data.fingerprint import fingerprint

TEXTS = st.lists(st.none() | st.text(max_size=30), min_size=1, max_size=12)
Rows = dict[str, list[object]]
BASE: Rows = {"text": ["ab", "c", None, "Größe"], "label": [1, 0, 1, 1]}


def test_the_hash_is_pinned() -> None:
    """A changed hash orphans every recorded fingerprint: change the version tag with it."""
    expected = "d35295758af7e26e24384764da5a3f2a17101b27bd085440bbbade89cea53a3e"
    assert fingerprint(pa.table(BASE)) == expected


@pytest.mark.parametrize(
    "same",
    [
        pa.table(BASE).cast(pa.schema({"text": pa.large_string(), "label": pa.int8()})),
        pa.table({"text": pa.array(BASE["text"]).dictionary_encode(), "label": BASE["label"]}),
        pa.table({"text": pa.array(BASE["text"], pa.string_view()), "label": BASE["label"]}),
        pa.concat_tables([pa.table(BASE).slice(0, 1), pa.table(BASE).slice(1)]),
        pa.concat_tables([pa.table(BASE), pa.table(BASE)]).slice(4),
        pa.table({**BASE, "text": ["ab", "c", "", "Größe"]}),
        pa.table({**BASE, "label": [1.0, 0.0, 1.0, 1.0]}),
        pd.DataFrame(BASE),
        pd.DataFrame(BASE, index=[9, 8, 7, 6]),
    ],
)
def test_equal_content_has_one_hash(same: pa.Table | pd.DataFrame) -> None:
    assert fingerprint(same) == fingerprint(pa.table(BASE))


@pytest.mark.parametrize(
    "other",
    [
        {**BASE, "text": ["a", "bc", None, "Größe"]},
        {**BASE, "text": ["ab", None, "c", "Größe"]},
        {**BASE, "text": ["ab", "c", None, "Grösse"]},
        {**BASE, "text": ["ab", "c", " ", "Größe"]},
        {**BASE, "label": [1, 0, 1, None]},
        {**BASE, "label": ["1", "0", "1", "1"]},
        {**BASE, "label": [True, False, True, True]},
        {**BASE, "label": [1.5, 0, 1, 1]},
        {"label": BASE["label"], "text": BASE["text"]},
        {"texts": BASE["text"], "label": BASE["label"]},
        {name: values[::-1] for name, values in BASE.items()},
        {name: values[:3] for name, values in BASE.items()},
    ],
)
def test_other_content_has_another_hash(other: Rows) -> None:
    assert fingerprint(pa.table(other)) != fingerprint(pa.table(BASE))


def test_bytes_of_missing_rows_do_not_count() -> None:
    dirty = pa.LargeStringArray.from_buffers(
        2, pa.py_buffer(b"\0" * 8 + b"\1" + b"\0" * 7 + b"\3" + b"\0" * 7), pa.py_buffer(b"axx"),
        pa.py_buffer(b"\1"),
    )  # fmt: skip
    assert dirty.to_pylist() == ["a", None]
    assert fingerprint(pa.table({"x": dirty})) == fingerprint(pa.table({"x": ["a", None]}))


@given(TEXTS, TEXTS)
def test_hashes_are_equal_exactly_when_texts_are(a: list[str | None], b: list[str | None]) -> None:
    hashes = [fingerprint(pa.table({"x": pa.array(texts, pa.string())})) for texts in (a, b)]
    same = [text or None for text in a] == [text or None for text in b]
    assert (hashes[0] == hashes[1]) == same


@given(TEXTS, st.integers(0, 12))
def test_chunks_do_not_matter(texts: list[str | None], cut: int) -> None:
    whole = pa.array(texts, pa.string())
    chunked = pa.chunked_array([whole[:cut], whole[cut:]])
    assert fingerprint(pa.table({"x": whole})) == fingerprint(pa.table({"x": chunked}))


def write_csv(path: Path, rows: Rows, delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))


def write_tsv(path: Path, rows: Rows) -> None:
    write_csv(path, rows, "\t")


def write_jsonl(path: Path, rows: Rows) -> None:
    lines = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write_parquet(path: Path, rows: Rows) -> None:
    table = pa.table({"text": pa.array(rows["text"], pa.string()), "label": rows["label"]})
    pa.parquet.write_table(table, path)


WRITERS: dict[str, Callable[[Path, Rows], None]] = {
    "csv": write_csv, "tsv": write_tsv, "jsonl": write_jsonl, "parquet": write_parquet,
}  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8"), max_size=20), st.integers(0, 3)),
        min_size=1,
        max_size=8,
    )
)
def test_a_file_format_does_not_change_the_hash(
    tmp_path: Path, rows: list[tuple[str, int]]
) -> None:
    table: Rows = {"text": [row[0] for row in rows], "label": [row[1] for row in rows]}
    expected = fingerprint(
        pa.table({"text": pa.array(table["text"], pa.string()), "label": table["label"]})
    )
    for ending, write in WRITERS.items():
        path = tmp_path / f"rows.{ending}"
        write(path, table)
        stream = open_file(FileSource(kind="file", path=str(path)))
        read = stream.read(("text", "label"), texts=("text",))
        assert fingerprint(read) == expected, ending


@pytest.mark.parametrize("labels", [["Sci/Tech", "World"], [True, False], [0.5, 1.5], [7, 9]])
def test_label_types_survive_every_format(tmp_path: Path, labels: list[object]) -> None:
    texts: list[object] = [string.punctuation, "null"]
    hashes = set()
    for ending, write in WRITERS.items():
        path = tmp_path / f"rows.{ending}"
        write(path, {"text": texts, "label": labels})
        stream = open_file(FileSource(kind="file", path=str(path)))
        hashes.add(fingerprint(stream.read(("text", "label"), texts=("text",))))
    assert len(hashes) == 1
