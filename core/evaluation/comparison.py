"""Candidate against the model in production, on the same rows."""

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

Verdict = Literal["better", "not_worse", "worse", "incomparable", "no_champion"]
_RESAMPLES = 10_000


class Comparison(BaseModel):
    """Difference of candidate minus champion with its interval; None where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: Literal["accuracy"] = "accuracy"
    champion: float | None = None
    candidate: float
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float
    margin: float
    verdict: Verdict
    reason: str


def compare_on_same_rows(
    y: np.ndarray,
    champion_proba: np.ndarray,
    candidate_proba: np.ndarray,
    *,
    confidence: float,
    margin: float,
    seed: int,
) -> Comparison:
    """Paired percentile bootstrap of the accuracy difference.

    ``better`` when the interval lies above 0, ``not_worse`` when it lies at or above ``-margin``
    (non-inferiority), else ``worse``.

    Source: Efron & Tibshirani 1993, section 13.3; Piaggio et al. 2012, "Reporting of
    noninferiority and equivalence randomized trials" (JAMA 308:2594).

    Args:
        y: Class ids, shape (rows,), at least one row.
        champion_proba: Probabilities of the production model, shape (rows, classes).
        candidate_proba: Probabilities of the candidate, shape (rows, classes).
        confidence: Coverage of the two-sided interval.
        margin: Largest acceptable loss of accuracy.
        seed: Seed of the bootstrap.
    """
    champion, candidate = _hits(y, champion_proba), _hits(y, candidate_proba)
    low, high = _paired_interval(candidate - champion, confidence, seed)
    verdict = _verdict(low, margin)
    return Comparison(
        champion=champion.mean(),
        candidate=candidate.mean(),
        difference=(candidate - champion).mean(),
        low=low,
        high=high,
        confidence=confidence,
        margin=margin,
        verdict=verdict,
        reason=_reason(verdict, candidate.mean() - champion.mean(), low, high, margin),
    )


def no_champion(
    y: np.ndarray, candidate_proba: np.ndarray, *, confidence: float, margin: float
) -> Comparison:
    """The comparison of a first release, with nothing in production."""
    return Comparison(
        candidate=_hits(y, candidate_proba).mean(),
        confidence=confidence,
        margin=margin,
        verdict="no_champion",
        reason="no model is in production",
    )


def incomparable(
    y: np.ndarray, candidate_proba: np.ndarray, *, confidence: float, margin: float, reason: str
) -> Comparison:
    """The comparison with a production model that can't score these rows, and why."""
    return Comparison(
        candidate=_hits(y, candidate_proba).mean(),
        confidence=confidence,
        margin=margin,
        verdict="incomparable",
        reason=reason,
    )


def _hits(y: np.ndarray, proba: np.ndarray) -> np.ndarray:
    return np.asarray(proba.argmax(axis=1) == y, dtype=np.int64)


def _paired_interval(gains: np.ndarray, confidence: float, seed: int) -> tuple[float, float]:
    # A row's gain is -1, 0 or 1, so resampling rows is one multinomial draw of three counts.
    shares = np.array([(gains == gain).mean() for gain in (-1, 0, 1)])
    counts = np.random.default_rng(seed).multinomial(len(gains), shares, size=_RESAMPLES)
    differences = (counts[:, 2] - counts[:, 0]) / len(gains)
    low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _verdict(low: float, margin: float) -> Verdict:
    if low > 0:
        return "better"
    return "not_worse" if low >= -margin else "worse"


def _reason(verdict: Verdict, difference: float, low: float, high: float, margin: float) -> str:
    bound = {
        "better": "lies above 0",
        "not_worse": f"lies above -{margin:g}, the margin",
        "worse": f"reaches below -{margin:g}, the margin",
    }[verdict]
    return f"accuracy {difference:+.4f} on the same rows; [{low:+.4f}, {high:+.4f}] {bound}"
