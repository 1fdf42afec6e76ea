"""Every way in which a config can be wrong, in one readable line."""

import math
from typing import Any

import pytest

from core.config.loading import parse_config
from core.errors import ConfigError

NB = {"name": "words", "model": "multinomial_nb"}
SVM = {"name": "svm", "model": "linear_svm"}
SOURCE = {"kind": "embedded"}


def problem(values: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_config(values)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix("config: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sed": 1}, "sed is not a known key; did you mean 'seed'?"),
        ({"serving": {"worker": 1}}, "serving.worker is not a known key; did you mean 'workers'?"),
        (
            {"data": {"source": {**SOURCE, "rows_": 1}}},
            "data.source.rows_ is not a known key; did you mean 'rows'?",
        ),
        (
            {"candidates": [{**SVM, "params": {"c": 1}}]},
            "candidates.0.params.c is not a known key; "
            "known: C, class_weight, max_iter, calibration_folds",
        ),
        (
            {"candidates": [{**SVM, "vectorizer": [{"kind": "count"}, {"kindd": "tfidf"}]}]},
            "candidates.0.vectorizer.1.kindd is not a known key; did you mean 'kind'?",
        ),
        (
            {
                "candidates": [
                    {"name": "v", "model": "soft_vote", "members": [{**NB, "wait": 1}, NB]}
                ]
            },
            "candidates.0.members.0.wait is not a known key; did you mean 'weight'?",
        ),
    ],
)
def test_unknown_keys(minimal: dict[str, Any], change: dict[str, Any], message: str) -> None:
    assert message in problem(minimal | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": "7"}, "seed: input should be a valid integer, not '7'"),
        ({"seed": 7.0}, "seed: input should be a valid integer, not 7.0"),
        ({"seed": True}, "seed: input should be a valid integer, not True"),
        ({"seed": -1}, "seed: input should be greater than or equal to 0, not -1"),
        ({"seed": None}, "seed: input should be a valid integer, not None"),
        ({"name": "A b"}, "name: string should match pattern"),
        ({"name": "news_"}, "name: string should match pattern"),
        ({"name": "n" * 64}, "name: string should match pattern"),
        ({"data": "x"}, "data: input should be an object, not 'x'"),
        ({"candidates": {"a": 1}}, "candidates: input should be a valid array, not {'a': 1}"),
        ({"candidates": []}, "candidates: list should have at least 1 item"),
        ({"validation": {"max_null_ratio": 1.5}}, "validation.max_null_ratio: input should be"),
        ({"serving": {"workers": 0}}, "serving.workers: input should be greater than 0, not 0"),
        (
            {"promotion": {"rules": [{"metric": "accuracy", "value": math.nan}]}},
            "promotion.rules.0.value: input should be a finite number, not nan",
        ),
        (
            {"promotion": {"rules": [{"metric": "acuracy", "value": 1}]}},
            "not 'acuracy'; did you mean 'accuracy'?",
        ),
        ({"promotion": {"compare": {"allow": "no"}}}, "not 'no'; known: better, not_worse, any"),
        ({"task": "text"}, "not 'text'; known: text_classification"),
    ],
)
def test_wrong_values(minimal: dict[str, Any], change: dict[str, Any], message: str) -> None:
    assert message in problem(minimal | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"data": {"source": {"kind": "hubb"}}},
            "data.source.kind: no 'hubb'; did you mean 'hub'?",
        ),
        ({"data": {"source": {"rows": 5}}}, "data.source.kind is missing"),
        ({"data": {"source": {"kind": "hub"}}}, "data.source.path is missing"),
        ({"data": {}}, "data.source is missing"),
        (
            {"candidates": [NB | {"model": "linear_svn"}]},
            "candidates.0.model: no 'linear_svn'; did you mean 'linear_svm'?",
        ),
        ({"candidates": [{"model": "linear_svm"}]}, "candidates.0.name is missing"),
    ],
)
def test_missing_keys_and_unknown_kinds(
    minimal: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    assert problem(minimal | change) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"candidates": [NB, NB]}, "candidates: names must be distinct; repeated: words"),
        (
            {"candidates": [{**SVM, "vectorizer": {"ngram_range": [2, 1]}}]},
            "candidates.0.vectorizer: ngram_range must ascend, not [2, 1]",
        ),
        (
            {"candidates": [{**SVM, "vectorizer": {"kind": "count", "sublinear_tf": True}}]},
            "candidates.0.vectorizer: sublinear_tf needs kind: tfidf",
        ),
        (
            {
                "candidates": [
                    {"name": "v", "model": "soft_vote", "members": [{"model": m, "weight": 0}] * 2}
                    for m in ("linear_svm",)
                ]
            },
            "candidates.0: at least one member needs a weight above 0",
        ),
        (
            {"data": {"source": SOURCE, "text": "x", "label": "x"}},
            "data.text: label and slices must be other columns than 'x'",
        ),
        ({"data": {"source": SOURCE, "labels": ["a", "a"]}}, "data: labels must be distinct"),
        (
            {"data": {"source": SOURCE, "split": {"train": 0.9}}},
            "data.split: shares must be above 0 and sum to 1, not to 1.2",
        ),
    ],
)
def test_values_that_contradict_each_other(
    minimal: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    assert problem(minimal | change) == message


def test_all_problems_are_named_at_once(minimal: dict[str, Any]) -> None:
    del minimal["name"]
    assert problem(minimal | {"sed": 1, "serving": {"workers": "two"}}).count("; ") == 3


def test_long_values_are_cut(minimal: dict[str, Any]) -> None:
    assert len(problem(minimal | {"seed": "9" * 5000})) < 200
