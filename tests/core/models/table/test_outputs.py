import pickle

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor

from core.errors import DataError
from core.models.scorer.spec import Interval
from core.models.table.outputs import (
    IntervalRegressor,
    calibrate_interval,
    class_probabilities,
    quantities,
)
from tests.encoded import WITHOUT_TEXT, columns, dataset, fit, frame, target


def noisy(rows, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    return x, 5e6 + 2e5 * x[:, 0] + rng.normal(0, 1e5, rows)


def regressor(inner=None):
    return Pipeline([("model", IntervalRegressor(inner or LinearRegression()))]).fit(*noisy(300, 1))


def test_a_share_of_new_rows_lies_within_the_interval():
    estimator = calibrate_interval(regressor(), *noisy(500, 2), coverage=0.9)
    interval = estimator[-1].interval_
    x, y = noisy(20_000, 3)
    within = np.abs(quantities(estimator, x)[:, 0] - y) <= interval.half_width
    assert interval.coverage == 0.9
    assert within.mean() == pytest.approx(0.9, abs=0.03)


def test_half_the_width_is_a_residual_by_its_rank():
    estimator = regressor()
    x, _ = noisy(9, 2)
    y = quantities(estimator, x)[:, 0] + np.arange(9) * np.where(np.arange(9) % 2, 1, -1)
    assert calibrate_interval(estimator, x, y, 0.9)[-1].interval_.half_width == pytest.approx(8)
    assert calibrate_interval(estimator, x, y, 0.6)[-1].interval_.half_width == pytest.approx(5)


def test_too_few_rows_for_the_coverage_are_named():
    with pytest.raises(DataError, match=r"0\.9 needs 9 validation rows, and there are 8; lower it"):
        calibrate_interval(regressor(), *noisy(8, 2), coverage=0.9)


def test_it_keeps_the_interval_as_plain_numbers():
    estimator = calibrate_interval(regressor(), *noisy(50, 2), coverage=0.8)
    content = pickle.dumps(estimator, protocol=5)
    assert b"pydantic" not in content
    assert pickle.loads(content)[-1].interval_ == estimator[-1].interval_
    assert isinstance(estimator[-1].interval_, Interval)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_the_target_does_not_matter(unit):
    x, y = noisy(100, 1)
    expected = IntervalRegressor(Ridge(10.0)).fit(x, y).predict(x)
    found = IntervalRegressor(Ridge(10.0)).fit(x, y * unit).predict(x)
    np.testing.assert_allclose(found, expected * unit, rtol=1e-9)


def test_coefficients_are_in_the_unit_of_the_target():
    x, y = noisy(100, 1)
    model, plain = IntervalRegressor(LinearRegression()).fit(x, y), LinearRegression().fit(x, y)
    np.testing.assert_allclose(model.coef_, plain.coef_)
    assert model.intercept_ == pytest.approx(plain.intercept_)
    assert not hasattr(IntervalRegressor(DecisionTreeRegressor()).fit(x, y), "coef_")


def test_outputs_have_a_row_for_each_input_also_for_none():
    values = columns()
    data = dataset(values, WITHOUT_TEXT, target(values, classes=3))
    estimator = fit({"model": "gaussian_nb"}, data)
    inputs = frame(values, WITHOUT_TEXT)
    assert class_probabilities(estimator, inputs[:7]).shape == (7, 3)
    for nothing in (inputs[:0], []):
        assert class_probabilities(estimator, nothing).shape == (0, 3)
    assert quantities(regressor(), []).shape == (0, 1)
