"""Models of the ``candidates`` section, alone and together."""

from typing import Any

import pytest

from core.config.job import JobConfig
from core.config.loading import parse_config
from core.config.tasks import TASKS
from core.errors import ConfigError

SOURCE = {"kind": "embedded"}
ENSEMBLES = ("soft_vote", "stacking")
# It needs a checkpoint, and is no member.
OTHERS = {*ENSEMBLES, "transformer"}


def parsed(candidate: dict[str, Any], task: str = "text_classification") -> JobConfig:
    return parse_config(
        {
            "name": "news",
            "task": task,
            "data": {"source": SOURCE},
            "candidates": [{"name": "c", **candidate}],
        }
    )


def problem(candidate: dict[str, Any], task: str = "text_classification") -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(candidate, task)
    return str(caught.value).removeprefix("config: ")


def ensemble(kind: str, *members: str) -> dict[str, Any]:
    return {"model": kind, "members": [{"model": member} for member in members]}


@pytest.mark.parametrize(("task", "kind"), TASKS.items())
def test_every_model_of_a_task_is_alone_or_a_member_by_its_name_alone(task, kind):
    single = sorted(kind.models - OTHERS)
    for model in single:
        assert parsed({"model": model}, task).candidates[0].model_names == (model,)
    for name in ENSEMBLES:
        candidate = parsed(ensemble(name, *single), task).candidates[0]
        assert candidate.model_names == (name, *single)


def test_members_bring_their_vectorizers_once_each():
    members = [
        {"model": "mlp", "vectorizer": {"kind": "count"}},
        {"model": "xgboost", "vectorizer": [{"kind": "count"}, {"analyzer": "char"}]},
    ]
    for kind in ENSEMBLES:
        found = parsed({"model": kind, "members": members}).candidates[0].vectorizers
        assert [(v.kind, v.analyzer) for v in found] == [("count", "word"), ("tfidf", "char")]


@pytest.mark.parametrize(
    ("candidate", "task", "message"),
    [
        (
            {"model": "random_forest", "params": {"class_weight": "balanced"}},
            "regression",
            "candidates.0.params.class_weight: regression has no classes; leave it out",
        ),
        (
            {
                "model": "soft_vote",
                "members": [
                    {"model": "ridge"},
                    {"model": "random_forest", "params": {"class_weight": "balanced"}},
                ],
            },
            "regression",
            "candidates.0.members.1.params.class_weight: regression has no classes; leave it out",
        ),
        (
            ensemble("stacking", "mlp", "xgboost") | {"final": {"model": "ridge"}},
            "tabular_classification",
            "candidates.0: no ridge for tabular_classification; known: ",
        ),
        (
            ensemble("stacking", "mlp", "logistic_regression"),
            "regression",
            "candidates.0: no logistic_regression for regression; known: ",
        ),
        (
            ensemble("stacking", "mlp", "xgboost") | {"final": {"model": "rigde"}},
            "regression",
            "candidates.0.final.model: no 'rigde'; did you mean 'ridge'?",
        ),
        (
            ensemble("stacking", "mlp", "soft_vote"),
            "regression",
            "candidates.0.members.1.model: no 'soft_vote'; known: ",
        ),
        (
            ensemble("stacking", "mlp", "xgboost") | {"members": [{"model": "mlp", "weight": 2}]},
            "regression",
            "candidates.0.members.0.weight is not a known key; known: vectorizer, model, params",
        ),
        (
            ensemble("stacking", "mlp"),
            "regression",
            "candidates.0.members: list should have at least 2 items",
        ),
        (
            {"model": "mlp", "params": {"hidden_layer_sizes": []}},
            "regression",
            "candidates.0.params.hidden_layer_sizes: list should have at least 1 item",
        ),
        (
            {"model": "xgboost", "params": {"subsample": 1.2}},
            "regression",
            "candidates.0.params.subsample: input should be less than or equal to 1, not 1.2",
        ),
        (
            {"model": "hist_gradient_boosting", "params": {"max_iters": 5}},
            "regression",
            "candidates.0.params.max_iters is not a known key; did you mean 'max_iter'?",
        ),
        (
            {"model": "linear_regression", "params": {}},
            "regression",
            "candidates.0.params is not a known key",
        ),
    ],
)
def test_what_a_model_does_not_take_is_refused(candidate, task, message):
    found = problem(candidate, task)
    assert found.startswith(message)
    assert "\n" not in found


def test_class_weights_are_of_classes():
    params = {"class_weight": "balanced"}
    parsed({"model": "random_forest", "params": params}, "tabular_classification")
