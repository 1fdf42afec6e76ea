import numpy as np
import pytest

from core.drift.psi import BinnedSamples, bin_samples
from core.drift.total import total_critical_value, total_excess


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
