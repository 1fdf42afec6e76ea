"""McNemar's exact test, against SciPy's binomial distribution."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import binom

from core.evaluation.mcnemar import McNemar, mcnemar

COUNTS = st.integers(0, 40)


def table(both: int, b: int, c: int, neither: int) -> McNemar:
    champion = np.repeat([True, True, False, False], [both, b, c, neither])
    candidate = np.repeat([True, False, True, False], [both, b, c, neither])
    return mcnemar(champion, candidate)


@given(both=COUNTS, b=COUNTS, c=COUNTS, neither=COUNTS)
def test_the_tails_of_a_fair_coin(both: int, b: int, c: int, neither: int) -> None:
    result = table(both, b, c, neither)
    assert (result.champion_only, result.candidate_only) == (b, c)
    assert result.p_value == pytest.approx(min(1, 2 * binom.cdf(min(b, c), b + c, 0.5)))


@given(b=COUNTS, c=COUNTS)
def test_who_is_called_champion_does_not_matter(b: int, c: int) -> None:
    assert table(5, b, c, 5).p_value == pytest.approx(table(5, c, b, 5).p_value)


def test_the_published_example() -> None:
    # Fagerland, Lydersen & Laake 2013, table 1 (airway hyper-responsiveness): b=1, c=7.
    assert table(1, 1, 7, 12).p_value == pytest.approx(0.0703, abs=1e-4)


def test_equal_predictions_say_nothing() -> None:
    assert table(3, 0, 0, 4).p_value == 1
