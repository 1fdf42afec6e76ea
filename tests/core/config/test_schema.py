"""The JSON Schema that editors get."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from core.config.job import JobConfig

CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = JobConfig.model_json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_configs_are_valid(path: Path, validator: Draft202012Validator) -> None:
    validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "change",
    [
        {"sed": 1},
        {"seed": "seven"},
        {"name": "A b"},
        {"candidates": []},
        {"candidates": [{"name": "a", "model": "linear_svn"}]},
        {"data": {"source": {"kind": "embedded", "rowz": 5}}},
        {"serving": {"workers": 0}},
    ],
)
def test_wrong_configs_are_not(
    minimal: dict[str, Any], change: dict[str, Any], validator: Draft202012Validator
) -> None:
    assert validator.is_valid(minimal)
    assert not validator.is_valid(minimal | change)
