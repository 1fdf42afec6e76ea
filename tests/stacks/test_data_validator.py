"""Our flavor behind ZenML's own interface."""

from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from zenml.enums import StackComponentType

from core.config.data import DataConfig, EmbeddedSource, ValidationConfig
from core.tasks import get_task
from stacks.flavors.data_validator import GatehouseDataValidator
from stacks.flavors.data_validator_flavor import (
    GatehouseDataValidatorConfig,
    GatehouseDataValidatorFlavor,
)

TASK = get_task("text_classification")


@pytest.fixture(scope="module")
def validator() -> GatehouseDataValidator:
    return GatehouseDataValidator(
        name="validator",
        id=uuid4(),
        config=GatehouseDataValidatorConfig(),
        flavor="gatehouse",
        type=StackComponentType.DATA_VALIDATOR,
        user=None,
        created=datetime.now(UTC),
        updated=datetime.now(UTC),
    )


def test_the_flavor() -> None:
    flavor = GatehouseDataValidatorFlavor()
    assert (flavor.name, flavor.type) == ("gatehouse", StackComponentType.DATA_VALIDATOR)
    assert flavor.implementation_class is GatehouseDataValidator
    assert flavor.config_class is GatehouseDataValidatorConfig


def test_validation_is_great_expectations(validator: GatehouseDataValidator) -> None:
    rows = TASK.load(DataConfig(source=EmbeddedSource(kind="embedded", rows=40)), seed=1)
    result = validator.data_validation(
        TASK.validation_view(rows),
        check_list=["text_classification"],
        stage="raw",
        table="raw",
        parameters=TASK.validation_parameters(rows, ValidationConfig(min_rows=41), "raw"),
    )
    assert [item.check for item in result.violations] == ["row_count"]


@pytest.mark.integration
def test_profiling_is_evidently(validator: GatehouseDataValidator) -> None:
    rng = np.random.default_rng(0)
    towns = rng.choice(["a", "b"], 300)
    before = pd.DataFrame({"length": rng.normal(size=300), "town": towns, "gone": 1.0})
    after = before.assign(length=before["length"] + 3, town="new", gone=np.nan)
    page = validator.data_profiling(before, after, psi_threshold=0.2)
    assert "<html" in page.lower()
    assert all(column in page for column in before.columns)


@pytest.mark.parametrize("suites", [None, [], ["a", "b"]])
def test_one_suite_is_needed(validator: GatehouseDataValidator, suites: list[str] | None) -> None:
    with pytest.raises(ValueError, match="one suite name"):
        validator.data_validation(pd.DataFrame(), check_list=suites)


def test_two_tables_are_needed(validator: GatehouseDataValidator) -> None:
    with pytest.raises(ValueError, match="a reference and a comparison"):
        validator.data_profiling(pd.DataFrame())
    with pytest.raises(ValueError, match="one dataset"):
        validator.data_validation(pd.DataFrame(), pd.DataFrame(), check_list=["a"])
