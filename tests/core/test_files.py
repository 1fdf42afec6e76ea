"""Files that several threads or processes write."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.files import locked, replace_file


@pytest.mark.parametrize("durable", [False, True])
def test_a_reader_sees_all_or_nothing(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "a"
    contents = [bytes([number]) * 100_000 for number in range(30)]
    replace_file(path, contents[0])

    def write() -> None:
        for content in contents:
            replace_file(path, content, durable=durable)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while not writing.done():
            assert path.read_bytes() in contents
        writing.result()
    assert path.read_bytes() == contents[-1]
    assert list(tmp_path.iterdir()) == [path]


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_text("0")

    def increase(_: int) -> None:
        with locked(tmp_path / "lock"):
            replace_file(path, str(int(path.read_text()) + 1).encode())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increase, range(200)))
    assert path.read_text() == "200"
