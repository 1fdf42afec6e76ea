from service.backlog import Backlog


def test_a_backlog_is_bounded_by_items_and_by_bytes() -> None:
    backlog = Backlog[int](4, 100)
    for number in range(6):
        backlog.add(number, 10)
    assert (len(backlog), backlog.dropped, backlog.crowded) == (4, 2, True)
    assert backlog.take(9, 25) == [2, 3]
    assert not backlog.crowded
    backlog.add(6, 90)
    assert (backlog.dropped, backlog.crowded) == (3, True)
    assert backlog.take(1, 99) == [5]
    assert backlog.take(9, 1) == [6]
    backlog.add(7, 101)
    assert (len(backlog), backlog.dropped, backlog.crowded) == (0, 4, False)
