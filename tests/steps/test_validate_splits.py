from dataclasses import replace

import pandas as pd
import pytest

from core.config.data import ValidationConfig
from core.config.evaluation import CostConfig
from core.data.dataset import Dataset
from core.errors import DataError
from steps.validate_splits import validate_splits

TWO = Dataset(pd.DataFrame({"x": [0.0], "y": [0]}), ("x",), "y", ("no", "yes"), True, "f")


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (("no", "yes"), "evaluation.costs.positive: no label 'maybe'; known: no, yes"),
        (("no", "maybe", "yes"), "evaluation.costs: a threshold is of two classes, not of 3"),
    ],
)
def test_costs_that_fit_no_label_are_found_before_any_training(
    labels: tuple[str, ...], problem: str
) -> None:
    split = replace(TWO, labels=labels)
    with pytest.raises(DataError, match=problem):
        validate_splits.entrypoint(
            split,
            split,
            split,
            task="tabular_classification",
            config=ValidationConfig(),
            costs=CostConfig(positive="maybe"),
        )
