"""How values get into steps, with real ZenML steps that are not run."""

from typing import Any

import pytest
from zenml.steps import BaseStep

from core.config.data import SplitShares
from pipelines.calls import configured, executing_with
from steps.select_candidate import select_candidate
from steps.split_data import split_data

Call = tuple[BaseStep, tuple[Any, ...], str]


@pytest.fixture
def calls() -> list[Call]:
    return []


def record(calls: list[Call]) -> Any:
    def execute(step: BaseStep, inputs: tuple[Any, ...], name: str) -> str:
        calls.append((step, inputs, name))
        return f"output of {name}"

    return executing_with(execute)


def test_common_values_reach_the_steps_that_take_them(calls: list[Call]) -> None:
    call = configured(task="text_classification", seed=7, unknown=1)
    with record(calls):
        bound = call(split_data, shares=SplitShares(), drop_duplicates=True)
        assert bound("dataset") == "output of split_data"
        call(select_candidate, "best", metric="auc")(["a", "b"])
    (split, inputs, _), (select, _, name) = calls
    assert inputs == ("dataset",)
    assert split.configuration.parameters == {
        "task": "text_classification",
        "seed": 7,
        "shares": {"train": 0.7, "validation": 0.15, "test": 0.15},
        "drop_duplicates": True,
    }
    assert (name, select.configuration.parameters) == ("best", {"metric": "auc"})


def test_own_values_win(calls: list[Call]) -> None:
    with record(calls):
        configured(seed=7)(split_data, seed=8)("dataset")
    assert calls[0][0].configuration.parameters == {"seed": 8}


def test_the_step_itself_is_left_alone(calls: list[Call]) -> None:
    with record(calls):
        configured()(select_candidate, metric="auc")([])
    assert select_candidate.configuration.parameters == {}


def test_the_executor_is_put_back_after_a_failure(calls: list[Call]) -> None:
    outer: list[Call] = []
    with record(outer):
        with pytest.raises(RuntimeError), record(calls):
            raise RuntimeError
        configured()(select_candidate, metric="auc")([])
    assert (len(outer), len(calls)) == (1, 0)
