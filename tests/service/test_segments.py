import io
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest

from core.prediction_log import segments
from service import segments as module
from service.record_batches import record_batch
from service.segments import Segments
from tests.telemetry import finished, program

MEGABYTE = 2**20
WRITER = """
import sys
from pathlib import Path
from service.record_batches import record_batch
from service.segments import Segments

files = Segments(Path(sys.argv[1]), "feedback", 2**20)
batch = record_batch("feedback", [[0.0] * 50, ["x" * 100] * 50, *[[None] * 50] * 7])
for _ in range(300):
    files.append(batch)
if sys.argv[2] == "close":
    files.close()
else:
    print(flush=True)
    sys.stdin.read()
"""
FULL = """
import resource, sys
from pathlib import Path
from service.record_batches import record_batch
from service.segments import Segments

files = Segments(Path(sys.argv[1]), "feedback", 2**24)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
for row in range(10):
    # Room for a part of a batch only, as on a disk that runs full.
    batch = record_batch("feedback", [[row], ["x" * 500], *[[None]] * 7])
    if row == 4:
        size = next(Path(sys.argv[1]).glob("*")).stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    if row == 7:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    try:
        files.append(batch)
    except OSError as error:
        print(row, error.strerror)
files.close()
"""


def batch(second: int, rows: int = 1, size: int = 10) -> bytes:
    return record_batch("feedback", [[second] * rows, ["x" * size] * rows, *[[None] * rows] * 7])


def seconds(path: Path) -> list[int]:
    table = pa.ipc.open_stream(io.BytesIO(path.read_bytes())).read_all()
    return [int(time.timestamp()) for time in table["time"].to_pylist()]


def test_batches_follow_one_another(tmp_path: Path) -> None:
    files = Segments(tmp_path / "new/log", "feedback", MEGABYTE)
    for second in range(3):
        files.append(batch(second, rows=2))
    (path,) = segments(tmp_path / "new/log")
    assert seconds(path) == [0, 0, 1, 1, 2, 2]
    files.close()
    assert seconds(path) == [0, 0, 1, 1, 2, 2]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    files = Segments(tmp_path, "feedback", MEGABYTE)
    for second in range(4):
        files.append(batch(second, size=40_000))
    assert [seconds(path) for path in segments(tmp_path)] == [[0], [1], [2], [3]]


def test_a_batch_larger_than_a_file_may_be_has_room_made_for_it(tmp_path: Path) -> None:
    files = Segments(tmp_path, "feedback", MEGABYTE)
    for second in range(9):
        files.append(batch(second, size=300_000))
        assert sum(path.stat().st_size for path in segments(tmp_path)) <= MEGABYTE
    assert [seconds(path) for path in segments(tmp_path)] == [[6], [7], [8]]


def test_a_full_file_is_ended_and_may_go(tmp_path: Path) -> None:
    files = Segments(tmp_path, "feedback", MEGABYTE)
    files.append(batch(0, size=600_000))
    files.close_if_due()
    other = Segments(tmp_path, "feedback", MEGABYTE)
    other.append(batch(1, size=600_000))
    assert [seconds(path) for path in segments(tmp_path)] == [[1]]


def test_an_old_file_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Segments(tmp_path, "feedback", MEGABYTE)
    files.append(batch(0))
    files.close_if_due()
    files.append(batch(1))
    monkeypatch.setattr(module, "OLDEST_SEGMENT", -1.0)
    files.close_if_due()
    files.append(batch(2))
    assert [seconds(path) for path in segments(tmp_path)] == [[0, 1], [2]]


@pytest.mark.integration
def test_several_writers_stay_within_the_bound_and_spare_open_files(tmp_path: Path) -> None:
    idle = program(WRITER, tmp_path, "wait")
    assert idle.stdout is not None
    idle.stdout.readline()
    theirs = max(segments(tmp_path), key=lambda path: path.name)
    for process in [program(WRITER, tmp_path, "close") for _ in range(2)]:
        finished(process)
    total = sum(path.stat().st_size for path in segments(tmp_path))
    assert MEGABYTE / 2 < total <= MEGABYTE
    assert theirs.exists()
    idle.kill()
    idle.communicate()
    finished(program(WRITER, tmp_path, "close"))
    assert not theirs.exists()


@pytest.mark.integration
def test_a_batch_that_does_not_fit_is_taken_back(tmp_path: Path) -> None:
    out = finished(program(FULL, tmp_path))
    assert out.splitlines() == [f"{row} File too large" for row in (4, 5, 6)]
    (path,) = segments(tmp_path)
    assert seconds(path) == [0, 1, 2, 3, 7, 8, 9]


def test_a_deleted_folder_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    files = Segments(folder, "feedback", MEGABYTE)
    files.append(batch(0))
    for path in segments(folder):
        path.unlink()
    folder.rmdir()
    files.append(batch(1))
    (path,) = segments(folder)
    assert seconds(path) == [1]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    blocked = tmp_path / "log"
    blocked.touch()
    files = Segments(blocked, "feedback", MEGABYTE)
    with pytest.raises(FileExistsError):
        files.append(batch(0))
    blocked.unlink()
    files.append(batch(1))
    assert seconds(segments(blocked)[0]) == [1]
