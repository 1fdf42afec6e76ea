"""Candidate and champion on the same rows, or why they can't be compared.

Rows that the champion was fitted on are left out: a model knows its training rows, so that it would
win there against an equally good one. Rows of its validation split count as new: they chose between
its candidates at most, and no parameter was fitted to them.

Source: Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning", section 7.4
(optimism of the training error).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from core.config.rules import FEW_ROWS, CompareConfig, Rule
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

    def only(self, kept: np.ndarray) -> "Held":
        """Some of the rows, boolean, shape (rows,); slices keep their values."""
        return replace(
            self,
            inputs=[item for item, is_kept in zip(self.inputs, kept, strict=True) if is_kept],
            y=self.y[kept],
            slices=tuple(replace(part, mask=part.mask[kept]) for part in self.slices),
        )


@dataclass(frozen=True)
class Opponent:
    """The model in production.

    Attributes:
        estimator: The fitted pipeline; the reason in words where it can't be had.
        labels: Its class names by id.
        columns: Names of its input columns.
        seen: Which of the held-out rows it was fitted on, boolean, shape (rows,); in words why
            that is unknown.
    """

    estimator: Pipeline | str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    seen: np.ndarray | str


def compare_estimators(
    candidate: Pipeline,
    champion: Opponent | None,
    held: Held,
    config: CompareConfig,
    rules: Sequence[Rule],
    seed: int,
) -> Comparison:
    """Score both now, on the held-out rows that the champion was not fitted on, and compare.

    Where it is unknown which those are, on all of them, and the reason says so. With fewer than
    :data:`core.config.rules.FEW_ROWS` left the two can't be compared.

    Args:
        candidate: The selected model.
        champion: The model in production; None when there is none.
        held: The rows.
        config: Metric, confidence and margin.
        rules: What else needs an interval: the metrics that they bound.
        seed: Seed of the bootstrap.
    """
    proba = candidate.predict_proba(held.inputs)
    if champion is None:
        return no_champion(held.y, proba, config)
    new = np.full(len(held.y), True) if isinstance(champion.seen, str) else ~champion.seen
    common = held.only(new)
    scored = _score(champion, common, len(held.y))
    if isinstance(scored, str):
        advice = "set promotion.compare.incomparable=allow to replace it"
        return incomparable(held.y, proba, config, f"{scored}; {advice}")
    found = compare_on_same_rows(
        common.y,
        scored,
        proba[new],
        labels=held.labels,
        slices=common.slices,
        config=config,
        rules=rules,
        seed=seed,
    )
    return _with_rows(found, champion.seen)


def _with_rows(found: Comparison, seen: np.ndarray | str) -> Comparison:
    """The comparison, with what is known about the rows that it is on."""
    if isinstance(seen, str):
        note = f"; {seen}, so it may know some of these rows"
        return found.model_copy(update={"reason": found.reason + note})
    left_out = int(seen.sum())
    note = f"; {left_out} of {len(seen)} test rows left out: production was trained on them"
    reason = found.reason + note * bool(left_out)
    return found.model_copy(update={"reason": reason, "left_out": left_out})


def _score(champion: Opponent, held: Held, rows: int) -> np.ndarray | str:
    """Probabilities of the held of all rows, shape (held, classes), or why there are none."""
    for what, theirs, ours in (
        ("labels", champion.labels, held.labels),
        ("columns", champion.columns, held.columns),
    ):
        if theirs != ours:
            known, wanted = ", ".join(theirs), ", ".join(ours)
            return f"the production model has the {what} {known}, this one {wanted}"
    if isinstance(champion.estimator, str):
        return champion.estimator
    if (left := len(held.y)) < min(rows, FEW_ROWS):
        return (
            f"{left} of {rows} test rows are new to the production model, fewer than {FEW_ROWS}; "
            "train with its seed and data, or add rows"
        )
    try:
        proba: np.ndarray = champion.estimator.predict_proba(held.inputs)
    except _FAILURES as error:
        return f"the production model fails on these rows ({_one_line(error)})"
    if proba.shape != (len(held.y), len(held.labels)) or not np.isfinite(proba).all():
        return "the production model gives no probabilities of the labels on these rows"
    return proba


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
