"""The shared table: a bounded memory that several processes write at once."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from struct import Struct

import pytest
from hypothesis import given, settings, strategies as st

from service.shared_table import WAYS, SharedTable

NUMBER = Struct("=Q16x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


def make(path: Path, slots: int = 1024, value_size: int = NUMBER.size) -> SharedTable:
    SharedTable.create(path, slots, value_size)
    return SharedTable.open(path)


def number(value: int) -> bytes:
    return NUMBER.pack(value)


def test_what_was_put_is_got_by_everyone(path: Path) -> None:
    first = make(path)
    second = SharedTable.open(path)
    assert first.get("a") is None
    first.put("a", number(1))
    assert second.get("a") == number(1)
    second.put("a", number(2))
    assert first.get("a") == number(2)
    assert first.get("b") is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 2**64 - 1)), max_size=100))
def test_it_is_a_dictionary_while_there_is_room(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[str, int]]
) -> None:
    # So many buckets that nine keys of 100 don't share one.
    table = make(tmp_path_factory.mktemp("t") / "table", slots=8_000)
    model: dict[str, int] = {}
    for key, value in items:
        table.put(key, number(value))
        model[key] = value
    assert {key: table.get(key) for key in model} == {k: number(v) for k, v in model.items()}


def test_the_oldest_goes_first(path: Path) -> None:
    table = make(path, slots=WAYS)  # one bucket
    keys = [str(n) for n in range(WAYS)]
    for n, key in enumerate(keys):
        table.put(key, number(n))
    assert [table.get(key) for key in keys] == [number(n) for n in range(WAYS)]
    table.put("0", number(100))
    table.put("new", number(200))
    assert table.get("1") is None
    assert table.get("0") == number(100)
    assert table.get("new") == number(200)
    assert [table.get(key) for key in keys[2:]] == [number(n) for n in range(2, WAYS)]


@pytest.mark.parametrize("value_size", [1, 7, 8, 12, 24, 64])
def test_values_of_any_size(path: Path, value_size: int) -> None:
    table = make(path, value_size=value_size)
    for n in range(50):
        table.put(str(n), bytes([n]) * value_size)
    kept = [table.get(str(n)) for n in range(50)]
    assert kept == [bytes([n]) * value_size for n in range(50)]
    with pytest.raises(ValueError, match=f"this table's have {value_size}"):
        table.put("x", bytes(value_size + 1))


def test_a_client_can_not_aim_at_a_bucket(tmp_path: Path) -> None:
    tables = [make(tmp_path / name) for name in "ab"]
    assert tables[0]._place("key") != tables[1]._place("key")


def test_lone_surrogates_are_keys(path: Path) -> None:
    table = make(path)
    table.put("\ud800", number(1))
    assert table.get("\ud800") == number(1)


def test_a_damaged_entry_is_missing_and_alone(path: Path) -> None:
    table = make(path, slots=WAYS)
    for n in range(WAYS):
        table.put(str(n), number(n))
    content = bytearray(path.read_bytes())
    at = content.index(number(3))
    content[at] ^= 1
    with path.open("r+b") as file:
        file.write(content)
    assert [table.get(str(n)) for n in range(WAYS)] == [
        None if n == 3 else number(n) for n in range(WAYS)
    ]
    table.put("3", number(3))
    assert table.get("3") == number(3)


def test_the_file_is_private_and_whole(path: Path) -> None:
    make(path, slots=10_000)
    facts = path.stat()
    assert facts.st_mode & 0o777 == 0o600
    assert facts.st_blocks * 512 >= facts.st_size > 10_000 * NUMBER.size
    with pytest.raises(FileExistsError):
        SharedTable.create(path, 1, 8)


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b"x" + b[1:], lambda b: b[:10]])
def test_another_file_is_refused(path: Path, change: Callable[[bytes], bytes]) -> None:
    make(path)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match="is no shared table, or is cut off"):
        SharedTable.open(path)


def _own_keys(path: Path, writer: int, rounds: int) -> None:
    table = SharedTable.open(path)
    for n in range(rounds):
        for key in range(20):
            table.put(f"{writer}-{key}", number(n))
            assert table.get(f"{writer}-{key}") == number(n)


def _crowd(path: Path, writer: int, rounds: int) -> None:
    """Many keys in few places: what is got is what somebody put for this very key."""
    table = SharedTable.open(path)
    for n in range(rounds):
        key = (n * 7 + writer) % 40
        table.put(str(key), number(key * 1_000_000 + n))
        for other in range(0, 40, 9):
            if value := table.get(str(other)):
                assert NUMBER.unpack(value)[0] // 1_000_000 == other


def _count(path: Path, writer: int, rounds: int) -> None:
    table = SharedTable.open(path)
    for n in range(rounds):
        table.update(str(n % 3), lambda stored: number(NUMBER.unpack(stored)[0] + 1))


def test_an_update_that_fails_changes_nothing(path: Path) -> None:
    table = make(path)
    table.put("a", number(1))
    with pytest.raises(TypeError):
        table.update("a", lambda stored: stored + 1)
    assert table.get("a") == number(1)
    table.update("a", lambda stored: number(NUMBER.unpack(stored)[0] + 1))
    assert table.get("a") == number(2)


def _die_while_updating(path: Path) -> None:
    SharedTable.open(path).update("a", lambda stored: os.kill(os.getpid(), signal.SIGKILL))


def test_a_killed_worker_holds_nobody_up(path: Path) -> None:
    table = make(path)
    worker = multiprocessing.get_context("fork").Process(target=_die_while_updating, args=(path,))
    worker.start()
    worker.join()
    assert worker.exitcode == -signal.SIGKILL
    table.update("a", lambda stored: number(1))
    assert table.get("a") == number(1)


@pytest.mark.integration
def test_no_update_is_lost(path: Path) -> None:
    table = make(path, slots=WAYS)
    for key in range(3):
        table.put(str(key), number(0))
    _in_processes(_count, path, 3000)
    assert [table.get(str(key)) for key in range(3)] == [number(4 * 1000)] * 3


@pytest.mark.integration
@pytest.mark.parametrize(
    ("write", "slots", "rounds"), [(_own_keys, 100_000, 500), (_crowd, 2 * WAYS, 5000)]
)
def test_processes_do_not_disturb_each_other(
    path: Path, write: Callable[[Path, int, int], None], slots: int, rounds: int
) -> None:
    table = make(path, slots=slots)
    _in_processes(write, path, rounds)
    if write is _own_keys:
        kept = {table.get(f"{n}-{key}") for n in range(4) for key in range(20)}
        assert kept == {number(rounds - 1)}


def _in_processes(write: Callable[[Path, int, int], None], path: Path, rounds: int) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(path, n, rounds)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
