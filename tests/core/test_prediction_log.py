from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.prediction_log import (
    Kind,
    hash_key,
    log_folder,
    own_key,
    segment_name,
    segments,
    text_hash,
)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"GATEHOUSE_LOG_FOLDER": "/var/log/news", "BENTOML_HOME": "/b"}, "/var/log/news"),
        ({"BENTOML_HOME": "/b"}, "/b/logs/news"),
        ({}, str(Path.home() / "bentoml/logs/news")),
    ],
)
def test_where_the_log_goes(environment: dict[str, str], folder: str) -> None:
    assert str(log_folder("news", environment)) == folder


def test_files_are_listed_oldest_first_whatever_their_kind(tmp_path: Path) -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)
    opened: list[tuple[int, int, Kind]] = [
        (0, 99, "predictions"),
        (1, 5, "feedback"),
        (70, 7, "predictions"),
    ]
    names = [
        segment_name(kind, start + timedelta(seconds=second), pid, 1)
        for second, pid, kind in opened
    ]
    for name in reversed(names):
        (tmp_path / name).touch()
    (tmp_path / ".key").touch()
    assert names[0] == "predictions-20261120T090000.000000Z-99-000001.arrows"
    assert [path.name for path in segments(tmp_path)] == names
    assert [path.name for path in segments(tmp_path, "feedback")] == names[1:2]


def test_a_hash_is_of_the_text_and_the_key() -> None:
    key = hash_key("a secret of any length" * 10)
    assert text_hash("one", key) == text_hash("one", key)
    assert len({text_hash("one", key), text_hash("two", key), text_hash("one", b"other")}) == 3
    assert len(text_hash("\udcff", key)) == 32


def test_workers_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(own_key, [tmp_path] * 32))
    assert len(keys) == 1
    assert len(next(iter(keys))) == 32
    assert (tmp_path / ".key").stat().st_mode & 0o777 == 0o600


def test_half_a_key_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".key").write_bytes(b"half")
    key = own_key(tmp_path)
    assert len(key) == 32
    assert own_key(tmp_path) == key
