from itertools import combinations

import numpy as np
import pytest
from scipy.stats.contingency import association, crosstab

from core.drift.psi import BinnedSamples, bin_samples
from core.drift.total import sum_of_contingencies, total_critical_value, total_excess


def _columns(reference: np.ndarray, batch: np.ndarray) -> list[BinnedSamples]:
    return [bin_samples(old, new, 10) for old, new in zip(reference.T, batch.T, strict=True)]


def _table(rng: np.random.Generator, rows: int, dependence: float) -> np.ndarray:
    return rng.normal(size=(rows, 5)) + dependence * rng.normal(size=(rows, 1))


@pytest.mark.parametrize("dependence", [0.0, 1.0, 4.0])
def test_is_exceeded_as_often_as_it_says_however_columns_depend(dependence: float) -> None:
    rng = np.random.default_rng(0)
    first = _columns(_table(rng, 1500, dependence), _table(rng, 400, dependence))
    critical = total_critical_value(first, 0.05)
    drawn = (
        _columns(_table(rng, 1500, dependence), _table(rng, 400, dependence)) for _ in range(300)
    )
    alarms = [total_excess(samples) > critical for samples in drawn]
    assert 0.015 < np.mean(alarms) < 0.1


def test_finds_a_shift_that_no_column_shows() -> None:
    rng = np.random.default_rng(1)
    samples = _columns(rng.normal(size=(2000, 12)), rng.normal(0.22, 1, size=(200, 12)))
    assert total_excess(samples) > total_critical_value(samples, 0.001)
    alone = sum(sample.psi() > sample.critical_value(0.001 / 12) for sample in samples)
    assert alone <= 1


def test_constant_columns_have_no_total() -> None:
    samples = _columns(np.zeros((20, 2)), np.zeros((5, 2)))
    assert total_excess(samples) == 0
    assert total_critical_value(samples, 0.01) == 0


def test_contingencies_add_up_to_those_of_scipy_either_way() -> None:
    rng = np.random.default_rng(2)
    columns = [rng.integers(0, k, 40) for k in (2, 3, 5, 9, 9)]
    columns.append(columns[2] % 3)
    assert sum_of_contingencies(columns) == pytest.approx(_pair_by_pair(columns))
    many = columns + [rng.integers(0, 9, 40) for _ in range(6)]
    assert sum_of_contingencies(many) == pytest.approx(_pair_by_pair(many))


def _pair_by_pair(columns: list[np.ndarray]) -> float:
    tables = [crosstab(a, b).count for a, b in combinations(columns, 2)]
    return sum(association(t, method="cramer") ** 2 * (min(t.shape) - 1) for t in tables)
