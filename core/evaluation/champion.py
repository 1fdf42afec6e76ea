"""Candidate and champion on the same rows, or why they can't be compared.

Rows that the champion was fitted on are left out: a model knows its training rows, so that it would
win there against an equally good one. Rows of its validation split count as new: they chose between
its candidates at most, and no parameter was fitted to them.

Source: Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning", section 7.4
(optimism of the training error).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.rules import FEW_ROWS, CompareConfig, Rule
from core.evaluation.comparison import (
    Comparison,
    compare_on_same_rows,
    incomparable,
    no_champion,
)
from core.evaluation.family import MetricFamily
from core.evaluation.paired import Pair
from core.evaluation.slices import Slice
from core.features import Kind

Predict = Callable[[Pipeline, Any], np.ndarray]

# What the prediction of a pickle from another time raises, besides running out of memory.
_FAILURES = (ArithmeticError, AttributeError, ImportError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Held:
    """The test rows, and what a model must know to be scored on them.

    Attributes:
        inputs: Held-out inputs: a sequence, or a frame of as many rows.
        y: Their truth, shape (rows,).
        labels: Class names by id; empty where a quantity is predicted.
        columns: Names of the columns that the inputs come from.
        slices: Parts of the rows.
        target: Name of what is predicted.
        kinds: Of the columns of a table; empty for texts.
    """

    inputs: Sequence[Any] | pd.DataFrame
    y: np.ndarray
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    slices: tuple[Slice, ...]
    target: str
    kinds: tuple[Kind, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """That of outputs: a number for each class, or one."""
        return len(self.y), len(self.labels) or 1

    def only(self, kept: np.ndarray) -> "Held":
        """Some of the rows, boolean, shape (rows,); slices keep their values."""
        return replace(
            self,
            inputs=_kept(self.inputs, kept),
            y=self.y[kept],
            slices=tuple(replace(part, mask=part.mask[kept]) for part in self.slices),
        )


def _kept(inputs: Sequence[Any] | pd.DataFrame, kept: np.ndarray) -> Sequence[Any] | pd.DataFrame:
    if isinstance(inputs, pd.DataFrame):
        return inputs[kept]
    return [item for item, is_kept in zip(inputs, kept, strict=True) if is_kept]


@dataclass(frozen=True)
class Opponent:
    """The model in production.

    Attributes:
        estimator: The fitted pipeline; the reason in words where it can't be had.
        labels: Its class names by id.
        columns: Names of its input columns.
        seen: Which of the held-out rows it was fitted on, boolean, shape (rows,); in words why
            that is unknown.
        target: Name of what it predicts.
        kinds: Of the columns of a table; empty for texts, None where it is unknown.
    """

    estimator: Pipeline | str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    seen: np.ndarray | str
    target: str
    kinds: tuple[Kind, ...] | None = ()


def compare_estimators(
    predict: Predict,
    family: MetricFamily,
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
        predict: Outputs, shape (rows, outputs), of an estimator for inputs.
        family: The metrics.
        candidate: The selected model.
        champion: The model in production; None when there is none.
        held: The rows.
        config: Metric, confidence and margin.
        rules: What else needs an interval: the metrics that they bound.
        seed: Seed of the bootstrap.
    """
    rows, outputs = len(held.y), predict(candidate, held.inputs)
    values = family.values(held.y, outputs)
    if champion is None:
        return no_champion(rows, values, config)
    new = np.full(rows, True) if isinstance(champion.seen, str) else ~champion.seen
    common = held.only(new)
    scored = _score(predict, champion, common, rows)
    if isinstance(scored, str):
        advice = "set promotion.compare.incomparable=allow to replace it"
        return incomparable(rows, values, config, f"{scored}; {advice}")
    found = compare_on_same_rows(
        family,
        Pair(common.y, scored, outputs[new]),
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


def _score(predict: Predict, champion: Opponent, held: Held, rows: int) -> np.ndarray | str:
    """Outputs for the held of all rows, shape (held, outputs), or why there are none."""
    if unlike := _unlike(champion, held):
        return unlike
    if isinstance(champion.estimator, str):
        return champion.estimator
    if (left := len(held.y)) < min(rows, FEW_ROWS):
        return (
            f"{left} of {rows} test rows are new to the production model, fewer than {FEW_ROWS}; "
            "train with its seed and data, or add rows"
        )
    try:
        outputs = predict(champion.estimator, held.inputs)
    except _FAILURES as error:
        return f"the production model fails on these rows ({_one_line(error)})"
    if outputs.shape != held.shape or not np.isfinite(outputs).all():
        what = "probabilities of the labels" if held.labels else "finite numbers"
        return f"the production model gives no {what} on these rows"
    return outputs


def _unlike(champion: Opponent, held: Held) -> str | None:
    """Why it answers another question, in one line."""
    for what, theirs, ours in (
        ("target", (champion.target,), (held.target,)),
        ("labels", champion.labels, held.labels),
        ("columns", champion.columns, held.columns),
    ):
        if theirs != ours:
            known, wanted = (", ".join(names) or "none" for names in (theirs, ours))
            return f"the production model has the {what} {known}, this one {wanted}"
    kinds = held.kinds if champion.kinds is None else champion.kinds
    for column, known, wanted in zip(held.columns, kinds, held.kinds, strict=False):
        if known != wanted:
            return f"production takes the column {column} as a {known}, this model as a {wanted}"
    return None


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
