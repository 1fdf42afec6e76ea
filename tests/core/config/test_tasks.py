"""What a config may say depends on its task, and the error names what it may."""

from typing import Any

import pytest

from core.config.loading import parse_config
from core.config.tasks import TASKS, with_task_defaults
from core.errors import ConfigError

TABLE = {
    "name": "homes",
    "task": "regression",
    "data": {"source": {"kind": "sklearn", "name": "diabetes"}, "label": "target"},
    "candidates": [{"name": "trees", "model": "random_forest"}],
}


@pytest.mark.parametrize("task", TASKS)
def test_defaults_follow_the_task(task: str) -> None:
    config = parse_config(TABLE | {"task": task})
    assert config.selection.metric == config.promotion.compare.metric == TASKS[task].metrics[0]
    assert config.validation.suite == task


def test_what_is_said_stays() -> None:
    said = {"selection": {"metric": "mae"}, "validation": {"suite": "mine"}}
    config = parse_config(TABLE | said | {"promotion": {"compare": {"margin": 0.1}}})
    assert (config.selection.metric, config.validation.suite) == ("mae", "mine")
    assert (config.promotion.compare.metric, config.promotion.compare.margin) == ("r2", 0.1)


@pytest.mark.parametrize("values", [{}, {"task": 5}, {"selection": []}, {"promotion": None}])
def test_nonsense_is_left_to_its_own_check(values: dict[str, Any]) -> None:
    kept = with_task_defaults(values)
    assert {key: kept.get(key) for key in values} == values


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "tabular"}, "task: input should be"),
        ({"selection": {"metric": "auc"}}, "selection.metric: no auc of regression; known: r2, "),
        (
            {"promotion": {"compare": {"metric": "accuracy"}}},
            "promotion.compare.metric: no accuracy of regression; known: r2, rmse, mae, mape",
        ),
        (
            {"promotion": {"rules": [{"metric": "ece", "value": 1}]}},
            "promotion.rules.0.metric: no ece of regression",
        ),
        (
            {"promotion": {"rules": [{"metric": "recall", "slice": "class=a", "value": 1}]}},
            "promotion.rules.0.slice: regression has no classes",
        ),
        (
            {"promotion": {"rules": [{"metric": "r2", "slice": "length=*", "value": 1}]}},
            "promotion.rules.0.slice: length is of texts; name a column",
        ),
        (
            {"candidates": [{"name": "a", "model": "multinomial_nb"}]},
            "candidates.0: no multinomial_nb for regression; known: hist_gradient_boosting, ",
        ),
        (
            {"monitoring": {"rollback": {"min_accuracy": 0.9}}},
            "monitoring.rollback.min_accuracy: regression has no accuracy; leave it out",
        ),
    ],
)
def test_what_a_task_does_not_take(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(TABLE | changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("task", "data", "message"),
    [
        (
            "text_classification",
            {"slices": ["text"]},
            "data.text: label and slices must be other columns than 'text'",
        ),
        ("regression", {"text": "body"}, "data.text: is of text tasks, and task is regression"),
        ("regression", {"labels": ["a", "b"]}, "data.labels: regression predicts a number"),
        ("text_classification", {"columns": {"a": "text"}}, "data.columns: is of tables"),
        ("text_classification", {"drop": ["a"]}, "data.drop: is of tables"),
        ("regression", {"columns": {"target": "number"}}, "columns and drop can't name the label"),
        ("regression", {"columns": {"a": "text"}, "drop": ["a"]}, "columns and drop both name a"),
        ("regression", {"columns": {"a": "int"}}, "data.columns"),
        ("regression", {"columns": {}}, "data.columns"),
    ],
)
def test_which_columns_a_task_takes(task: str, data: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(TABLE | {"task": task, "data": TABLE["data"] | data})
    assert message in str(caught.value)


def test_a_table_may_have_a_column_named_text() -> None:
    for columns in ({"label": "text"}, {"slices": ["text"]}, {"columns": {"text": "number"}}):
        parse_config(TABLE | {"data": TABLE["data"] | columns})


def test_a_vote_names_models_that_the_task_has() -> None:
    members = [{"model": "random_forest"}, {"model": "multinomial_nb"}]
    vote = {"name": "vote", "model": "soft_vote", "members": members}
    with pytest.raises(ConfigError, match=r"candidates.0: no multinomial_nb for regression"):
        parse_config(TABLE | {"candidates": [vote]})


@pytest.mark.parametrize("name", ["bad", "a", "c0ffee"])
def test_a_name_that_an_id_may_begin_with(name: str) -> None:
    with pytest.raises(ConfigError, match=f"name: '{name}' reads like the beginning of an id"):
        parse_config(TABLE | {"name": name})
