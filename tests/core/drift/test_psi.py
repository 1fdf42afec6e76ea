import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from core.drift.psi import population_stability_index, psi_critical_value

SAMPLES = arrays(np.float64, st.integers(1, 60), elements=st.integers(-5, 5).map(float))


def test_by_hand() -> None:
    reference, batch = np.repeat([0.0, 1.0], [500, 500]), np.repeat([0.0, 1.0], [900, 100])
    expected = 0.4 * np.log(0.9 / 0.5) - 0.4 * np.log(0.1 / 0.5)
    assert population_stability_index(reference, batch) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("reference", "batch"),
    [
        (np.zeros(2000), np.full(100, 0.3)),
        (np.zeros(2000), np.full(100, -0.3)),
        (np.full(100, 0.3), np.zeros(2000)),
        (np.repeat([0.0, 1.0], [1600, 400]), np.linspace(0.1, 1, 200)),
        (np.concatenate([np.zeros(1600), np.linspace(0.1, 1, 400)]), np.zeros(200)),
    ],
    ids=["constant-up", "constant-down", "to-constant", "inflated-to-none", "inflated-to-all"],
)
def test_constant_and_zero_inflated_columns_are_seen(
    reference: np.ndarray, batch: np.ndarray
) -> None:
    psi = population_stability_index(reference, batch)
    assert psi > psi_critical_value(len(reference), len(batch), 10, 1e-6)
    assert psi > 0.4


def test_equal_constants_do_not_drift() -> None:
    assert population_stability_index(np.zeros(50), np.zeros(9)) == 0


def test_values_beyond_the_reference_fall_into_the_outer_bins() -> None:
    reference = np.arange(1000.0)
    assert population_stability_index(reference, reference + 1e9) > 2


@given(SAMPLES, SAMPLES)
def test_is_finite_and_not_negative(reference: np.ndarray, batch: np.ndarray) -> None:
    psi = population_stability_index(reference, batch)
    assert np.isfinite(psi)
    assert psi >= 0


@given(SAMPLES)
def test_a_sample_does_not_differ_from_itself(sample: np.ndarray) -> None:
    assert population_stability_index(sample, sample) == pytest.approx(0)


@pytest.mark.parametrize("bad", [np.array([]), np.array([np.inf])])
def test_empty_and_unbounded_samples_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="batch must hold"):
        population_stability_index(np.arange(5.0), bad)


def test_critical_value_is_exceeded_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    critical = psi_critical_value(2000, 500, 10, 0.05)
    exceeded = np.mean(
        [
            population_stability_index(rng.normal(size=2000), rng.normal(size=500)) > critical
            for _ in range(600)
        ]
    )
    assert 0.02 < exceeded < 0.09


def test_one_bin_cannot_differ() -> None:
    assert psi_critical_value(10, 10, 1, 0.01) == 0
