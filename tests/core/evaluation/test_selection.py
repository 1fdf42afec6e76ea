import pytest
from hypothesis import given, strategies as st

from core.errors import DataError
from core.evaluation.metrics import GREATER_IS_BETTER
from core.evaluation.selection import select

VALUES = st.lists(st.floats(0, 10), min_size=1, max_size=6)


@pytest.mark.parametrize("metric", GREATER_IS_BETTER)
@given(values=VALUES)
def test_none_is_better_and_the_first_of_equals_wins(metric: str, values: list[float]) -> None:
    chosen = select([(str(i), {metric: value}) for i, value in enumerate(values)], metric)
    best = max(values) if GREATER_IS_BETTER[metric] else min(values)
    assert int(chosen) == values.index(best)


def test_only_the_metric_asked_for_counts() -> None:
    rows = [("a", {"accuracy": 0.9, "log_loss": 0.9}), ("b", {"accuracy": 0.8, "log_loss": 0.1})]
    assert select(rows, "accuracy") == "a"
    assert select(rows, "log_loss") == "b"


def test_an_undefined_metric_is_not_chosen_by() -> None:
    nothing = float("nan")
    metrics = [("a", {"mape": nothing}), ("b", {"mape": 0.2}), ("c", {"mape": 0.1})]
    assert select(metrics, "mape") == "c"
    with pytest.raises(DataError, match=r"selection\.metric: mape is undefined .*; take another"):
        select(metrics[:1], "mape")
