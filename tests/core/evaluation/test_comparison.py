import numpy as np
import pytest

from core.evaluation.comparison import (
    Comparison,
    compare_on_same_rows,
    incomparable,
    no_champion,
)

ROWS = 1000
Y = np.zeros(ROWS, dtype=int)


def _proba(correct: np.ndarray) -> np.ndarray:
    return np.where(correct[:, None], [0.9, 0.1], [0.1, 0.9])


def _compare(champion: np.ndarray, candidate: np.ndarray, margin: float = 0.02) -> Comparison:
    return compare_on_same_rows(
        Y, _proba(champion), _proba(candidate), confidence=0.95, margin=margin, seed=0
    )


def _first(right: int) -> np.ndarray:
    return np.arange(ROWS) < right


def test_identical_predictions_are_not_worse_even_without_a_margin() -> None:
    result = _compare(_first(900), _first(900), margin=0)
    assert (result.difference, result.low, result.high) == (0, 0, 0)
    assert result.verdict == "not_worse"


@pytest.mark.parametrize(
    ("champion", "candidate", "verdict"),
    [(800, 900, "better"), (900, 902, "not_worse"), (900, 895, "not_worse"), (900, 850, "worse")],
)
def test_verdicts(champion: int, candidate: int, verdict: str) -> None:
    result = _compare(_first(champion), _first(candidate))
    assert result.verdict == verdict
    assert result.champion == champion / ROWS
    assert result.candidate == candidate / ROWS
    assert result.difference == pytest.approx((candidate - champion) / ROWS)


def test_interval_matches_resampling_the_rows_themselves() -> None:
    rng = np.random.default_rng(1)
    champion, candidate = rng.random(ROWS) < 0.85, rng.random(ROWS) < 0.88
    result = _compare(champion, candidate)
    gains = candidate.astype(int) - champion
    means = gains[rng.integers(ROWS, size=(4000, ROWS))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    assert result.low == pytest.approx(low, abs=0.003)
    assert result.high == pytest.approx(high, abs=0.003)


def test_pairing_makes_the_interval_narrower_than_independent_errors() -> None:
    paired = _compare(_first(900), _first(910))
    crossed = _compare(_first(900), _first(910)[::-1])
    assert paired.high - paired.low < crossed.high - crossed.low


def test_a_wider_margin_accepts_more() -> None:
    assert _compare(_first(900), _first(880)).verdict == "worse"
    assert _compare(_first(900), _first(880), margin=0.05).verdict == "not_worse"


def test_without_a_production_model() -> None:
    result = no_champion(Y, _proba(_first(900)), confidence=0.95, margin=0.02)
    assert (result.verdict, result.candidate, result.champion) == ("no_champion", 0.9, None)
    other = incomparable(
        Y, _proba(_first(900)), confidence=0.95, margin=0.02, reason="other labels"
    )
    assert (other.verdict, other.reason) == ("incomparable", "other labels")
