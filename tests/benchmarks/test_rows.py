from itertools import islice

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from benchmarks.rows import BASE_ROWS, main, perturbed, read_base


@pytest.fixture(autouse=True)
def embedded(monkeypatch):
    monkeypatch.delenv("DATA_DIR", raising=False)


def test_perturbed_rows_are_new_distinct_and_keep_their_label():
    base = [("one two three four five", 0), ("six seven eight nine ten", 1)]
    words = {label: set(text.split()) for text, label in base}
    found = list(perturbed(base, 15))
    texts = {text for text, _ in found}
    assert len(texts) == 15
    assert not texts & {text for text, _ in base}
    assert all(set(text.split()) <= words[label] for text, label in found)


def test_perturbed_rows_are_seeded():
    base = read_base()
    first, again, other = (list(perturbed(base, 20, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_file_begins_with_the_base_rows(tmp_path):
    file = tmp_path / "rows.parquet"
    done = CliRunner().invoke(main, [str(BASE_ROWS + 5), str(file)], catch_exceptions=False)
    assert done.exit_code == 0
    table = pq.read_table(file)
    assert table.num_rows == BASE_ROWS + 5
    head = zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True)
    assert list(islice(head, BASE_ROWS)) == read_base()


def test_few_rows_are_the_first_ones(tmp_path):
    file = tmp_path / "rows.parquet"
    CliRunner().invoke(main, ["7", str(file)], catch_exceptions=False)
    assert pq.read_table(file)["text"].to_pylist() == [text for text, _ in read_base()[:7]]
