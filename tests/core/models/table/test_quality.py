"""How good the defaults are, on data that everybody knows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import r2_score

from core.data.dataset import Dataset, take
from core.models.table.outputs import class_probabilities, quantities
from tests.encoded import fit


def halves(data: Dataset, share: float) -> tuple[Dataset, Dataset]:
    rows = np.random.default_rng(3).permutation(len(data))
    cut = int(share * len(data))
    return take(data, rows[:cut]), take(data, rows[cut:])


def test_breast_cancer():
    frame = load_breast_cancer(as_frame=True).frame
    inputs = tuple(frame.columns[:-1])
    kinds = ("number",) * len(inputs)
    labels = ("malignant", "benign")
    train, test = halves(Dataset(frame, inputs, "target", labels, True, "", kinds=kinds), 0.7)
    estimator = fit({"model": "logistic_regression"}, train)
    said = class_probabilities(estimator, test.frame[list(inputs)])
    assert (said.argmax(axis=1) == test.y).mean() >= 0.95


@pytest.mark.data
def test_california_housing_with_its_gaps(data_dir: Path):
    frame = pd.read_csv(data_dir / "california_housing" / "housing.csv")
    assert frame["total_bedrooms"].isna().sum() == 207
    inputs = tuple(frame.columns.drop("median_house_value"))
    kinds = tuple("category" if name == "ocean_proximity" else "number" for name in inputs)
    data = Dataset(frame, inputs, "median_house_value", (), True, "", kinds=kinds)
    train, test = halves(data, 0.7)
    estimator = fit({"model": "hist_gradient_boosting", "params": {"max_features": 0.5}}, train)
    assert r2_score(test.y, quantities(estimator, test.frame[list(inputs)])) >= 0.83
