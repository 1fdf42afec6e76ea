"""Candidate and champion on the same rows, or why they can't be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from core.config.rules import CompareConfig
from core.evaluation.comparison import (
    Comparison,
    compare_on_same_rows,
    incomparable,
    no_champion,
)
from core.evaluation.slices import Slice

# What the predict_proba of a pickle from another time raises, besides running out of memory.
_FAILURES = (ArithmeticError, AttributeError, ImportError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Held:
    """The test rows, and what a model must know to be scored on them.

    Attributes:
        inputs: Held-out inputs, shape (rows,).
        y: Their class ids, shape (rows,).
        labels: Class names by id.
        columns: Names of the columns that the inputs come from.
        slices: Parts of the rows.
    """

    inputs: Sequence[Any]
    y: np.ndarray
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Opponent:
    """The model in production.

    Attributes:
        estimator: The fitted pipeline; the reason in words where it can't be had.
        labels: Its class names by id.
        columns: Names of its input columns.
    """

    estimator: Pipeline | str
    labels: tuple[str, ...]
    columns: tuple[str, ...]


def compare_estimators(
    candidate: Pipeline, champion: Opponent | None, held: Held, config: CompareConfig, seed: int
) -> Comparison:
    """Score both on the held-out rows now and compare.

    Args:
        candidate: The selected model.
        champion: The model in production; None when there is none.
        held: The rows.
        config: Metric, confidence and margin.
        seed: Seed of the bootstrap.
    """
    proba = candidate.predict_proba(held.inputs)
    if champion is None:
        return no_champion(held.y, proba, config)
    scored = _score(champion, held)
    if isinstance(scored, str):
        advice = "set promotion.compare.incomparable=allow to replace it"
        return incomparable(held.y, proba, config, f"{scored}; {advice}")
    return compare_on_same_rows(
        held.y, scored, proba, labels=held.labels, slices=held.slices, config=config, seed=seed
    )


def _score(champion: Opponent, held: Held) -> np.ndarray | str:
    """Probabilities, shape (rows, classes), or why there are none."""
    for what, theirs, ours in (
        ("labels", champion.labels, held.labels),
        ("columns", champion.columns, held.columns),
    ):
        if theirs != ours:
            known, wanted = ", ".join(theirs), ", ".join(ours)
            return f"the production model has the {what} {known}, this one {wanted}"
    if isinstance(champion.estimator, str):
        return champion.estimator
    try:
        proba: np.ndarray = champion.estimator.predict_proba(held.inputs)
    except _FAILURES as error:
        return f"the production model fails on these rows ({_one_line(error)})"
    if proba.shape != (len(held.y), len(held.labels)) or not np.isfinite(proba).all():
        return "the production model gives no probabilities of the labels on these rows"
    return proba


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
