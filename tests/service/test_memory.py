from pathlib import Path

from hypothesis import given, settings, strategies as st

from service.memory import VALUE_SIZE, Memory, Remembered
from service.shared_table import SharedTable


def memory(folder: Path, slots: int) -> Memory:
    SharedTable.create(folder / "table", slots, VALUE_SIZE)
    return Memory(SharedTable.open(folder / "table"))


def test_an_answer_is_recalled_by_another_worker(tmp_path: Path) -> None:
    mine = memory(tmp_path, 64)
    mine.remember("r1", "m" * 64, "v" * 20, 2**32 - 1)
    other = Memory(SharedTable.open(tmp_path / "table"))
    assert other.recall("r1") == Remembered(2**32 - 1, "m" * 64, "v" * 20)
    assert other.recall("r2") is None


def test_the_oldest_make_room(tmp_path: Path) -> None:
    kept = memory(tmp_path, 64)
    for number in range(1000):
        kept.remember(f"r{number}", "news", "1", number)
    known = [number for number in range(1000) if kept.recall(f"r{number}")]
    assert known[-1] == 999
    assert len(known) <= 64
    assert min(known) > 500


@settings(max_examples=50, deadline=None)
@given(answers=st.dictionaries(st.text(min_size=1, max_size=80), st.integers(0, 9), max_size=8))
def test_no_answer_is_taken_for_another(tmp_path_factory: object, answers: dict[str, int]) -> None:
    kept = memory(tmp_path_factory.mktemp("memory"), 4096)  # type: ignore[attr-defined]
    for request_id, label_id in answers.items():
        kept.remember(request_id, "news", "1", label_id)
    for request_id, label_id in answers.items():
        found = kept.recall(request_id)
        assert found is None or found.said == label_id
