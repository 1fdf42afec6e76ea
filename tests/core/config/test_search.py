import re
from typing import Any

import pytest

from core.config.candidates import LogisticRegressionCandidate
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.config.search import own_values, with_values
from core.errors import ConfigError


def job(space: Any, **changes: Any) -> JobConfig:
    candidate = {"name": "a", "model": "logistic_regression"} | changes
    search = {"space": space} | candidate.pop("more", {})
    values = {"name": "x", "data": {"source": {"kind": "embedded", "rows": 600}}}
    return parse_config(values | {"candidates": [candidate | {"search": search}]})


@pytest.mark.parametrize(
    "space",
    [
        {"params.C": {"low": 0.1, "high": 10, "log": True}},
        {"params.max_iter": {"low": 50, "high": 300, "integer": True}},
        {"vectorizer.ngram_range": {"choices": [[1, 1], [1, 2]]}},
        {"vectorizer": {"choices": [{}, {"analyzer": "char", "ngram_range": [2, 4]}]}},
        {"params.class_weight": {"choices": [None, "balanced"]}},
    ],
)
def test_a_space_of_possible_values(space: dict[str, Any]) -> None:
    candidate = job(space).candidates[0]
    assert candidate.search is not None
    (key,) = space
    own = own_values(candidate, candidate.search.space)
    assert with_values(candidate, own) == with_values(candidate, {})
    assert list(own) == [key]


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        ({"params.C": {"low": 0, "high": 9}}, "params.C: low, 0, is refused: input should be gre"),
        ({"params.C": {"low": 9, "high": 1}}, "params.C: low must be below high, not 9 and 1"),
        ({"params.C": {"low": -1, "high": 1, "log": True}}, "log needs a low above 0, not -1"),
        ({"params.C": {"low": 2, "high": 9}}, "own value, and 1.0 is not between 2 and 9; set par"),
        ({"params.C": {"choices": [2, 3]}}, "own value, and 1.0 is not one of 2, 3; set params.C"),
        ({"params.C": {"choices": [1, 1]}}, "choices must be distinct; repeated: 1"),
        ({"params.c": {"low": 1, "high": 9}}, "no such key; did you mean 'params.C'?"),
        ({"qqqqqqq": {"low": 1, "high": 9}}, "no such key; known: vectorizer, vectorizer.kind"),
        ({"params.C": 5}, "params.C: input should be an object, not 5"),
        ({"params.C": {"low": 5}}, "params.C.high is missing"),
        ({"params.max_iter": {"low": 50, "high": 300}}, "integer; set integer: true"),
        (
            {"params.max_iter": {"low": 50.5, "high": 300, "integer": True}},
            "integer needs whole ends, not 50.5 and 300",
        ),
        ({"model": {"choices": ["a", "b"]}}, "model can't be searched; write another candidate"),
        ({"search.folds": {"choices": [3, 5]}}, "search.folds can't be searched"),
        (
            {"vectorizer.ngram_range": {"choices": [[1, 1], [2, 1]]}},
            "choice 1, [2, 1], is refused: ngram_range must ascend, not [2, 1]",
        ),
        ({"params.class_weight": {"choices": [None, "blnced"]}}, 'choice 1, "blnced", is refused'),
        ({"vectorizer.2.min_df": {"choices": [1, 2]}}, "no such key; did you mean 'vectorizer.m"),
        ({}, "search.space: dictionary should have at least 1 item"),
    ],
)
def test_an_impossible_space_is_refused_in_one_line(space: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)) as raised:
        job(space)
    assert str(raised.value).startswith("config: candidates.0")
    assert "\n" not in str(raised.value)


def test_every_problem_of_a_space_is_named_at_once() -> None:
    wrong = {"params.C": {"low": 0, "high": 9}, "vectorizer.min_df": {"choices": [1, 0]}}
    with pytest.raises(ConfigError) as raised:
        job(wrong)
    assert "search.space.params.C: low, 0, is" in str(raised.value)
    assert "search.space.vectorizer.min_df: choice 1, 0, is" in str(raised.value)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"jobs": 0}, "jobs: at least 1, or -1 for one for each core, not 0"),
        ({"folds": 1}, "folds: input should be greater than or equal to 2, not 1"),
        ({"trials": 0}, "trials: input should be greater than 0, not 0"),
        ({"minutes": 0}, "minutes: input should be greater than 0"),
        ({"dask": "somewhere"}, "dask: string should match pattern"),
        ({"sampler": "tpa"}, "sampler: input should be 'tpe' or 'random', not 'tpa'; did you mean"),
    ],
)
def test_budgets_are_checked(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        job({"params.C": {"low": 0.5, "high": 9}}, more=more)


def test_keys_reach_into_lists() -> None:
    space = {"vectorizer.1.min_df": {"low": 1, "high": 4, "integer": True}}
    candidate = job(space, vectorizer=[{}, {"analyzer": "char"}]).candidates[0]
    changed = with_values(candidate, {"vectorizer.1.min_df": 3})
    assert isinstance(changed, LogisticRegressionCandidate)
    assert [item.min_df for item in changed.vectorizers] == [1, 3]
    assert changed.search is None


def test_a_key_that_is_not_there_is_an_error() -> None:
    candidate = LogisticRegressionCandidate(name="a", model="logistic_regression")
    with pytest.raises(KeyError):
        with_values(candidate, {"params.D": 1})
