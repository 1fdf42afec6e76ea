"""Rules that can never hold are refused with the config, with what could be meant."""

from typing import Any

import pytest

from core.config.job import JobConfig
from core.config.loading import parse_config
from core.errors import ConfigError

CLASSES = "precision, recall, f1"
WHOLE = "is of the whole model: leave out split, slice and against"


def job(minimal: dict[str, Any], rule: dict[str, Any], **data: Any) -> JobConfig:
    source = minimal["data"] | data
    return parse_config(minimal | {"data": source, "promotion": {"rules": [{"value": 0.5} | rule]}})


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"metric": "acuracy"}, "metric: input should be"),
        ({"metric": "recall"}, "metric: recall is of one class; add slice: class=* or take"),
        ({"metric": "recall", "slice": "length=*"}, "metric: recall is of one class; add"),
        ({"metric": "auc", "slice": "class=*"}, f"slice: no auc of one class; known: {CLASSES}"),
        ({"metric": "f1", "slice": "class"}, "slice: string should match pattern"),
        ({"metric": "f1", "slice": "class="}, "slice: string should match pattern"),
        ({"metric": "auc", "slice": "length=1-9 characters"}, "give length=*"),
        ({"metric": "predict_ms", "split": "validation"}, f"predict_ms {WHOLE}"),
        ({"metric": "model_bytes", "slice": "class=*"}, f"model_bytes {WHOLE}"),
        ({"metric": "fit_seconds", "against": "champion"}, f"fit_seconds {WHOLE}"),
        ({"metric": "auc", "split": "validation", "against": "champion"}, "of the test split"),
        ({"metric": "auc", "split": "validation", "slice": "length=*"}, "of the test split"),
        ({"metric": "auc", "slice": "desk=*"}, "no 'desk'; known: class, length; add it to data"),
        ({"metric": "auc", "value": float("nan")}, "value: input should be a finite number"),
    ],
)
def test_rules_that_cannot_be_observed(
    minimal: dict[str, Any], rule: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        job(minimal, rule)
    assert message in str(caught.value)
    assert "promotion.rules.0" in str(caught.value)


def test_a_class_is_one_of_the_labels_where_they_are_known(minimal: dict[str, Any]) -> None:
    rule = {"metric": "f1", "slice": "class=Sport"}
    assert job(minimal, rule).promotion.rules[0].wanted == "Sport"
    with pytest.raises(ConfigError, match="no class 'Sport'; known: World, Sports"):
        job(minimal, rule, labels=["World", "Sports"])
    assert job(minimal, {"metric": "f1", "slice": "class=*"}, labels=["World", "Sports"])


def test_a_column_is_one_of_the_slices(minimal: dict[str, Any]) -> None:
    (rule,) = job(minimal, {"metric": "ece", "slice": "desk=a=b"}, slices=["desk"]).promotion.rules
    assert (rule.kind, rule.wanted) == ("desk", "a=b")


def test_a_rule_comes_back_from_its_json(minimal: dict[str, Any]) -> None:
    config = job(minimal, {"metric": "recall", "slice": "class=*", "against": "champion"})
    assert JobConfig.model_validate(config.model_dump(mode="json")) == config


@pytest.mark.parametrize("slices", [["label"], ["class"], ["length"], ["a", "a"]])
def test_slices_are_columns_of_their_own(minimal: dict[str, Any], slices: list[str]) -> None:
    with pytest.raises(ConfigError, match=f"slices must be distinct columns.*mend {slices[0]}"):
        job(minimal, {"metric": "auc"}, slices=slices)


def test_a_column_that_no_rule_could_name(minimal: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"data\.slices\.0: string should match pattern"):
        job(minimal, {"metric": "auc"}, slices=["a=b"])
