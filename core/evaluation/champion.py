"""Candidate and champion on the same rows, or why they can't be compared."""

from collections.abc import Sequence
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


def compare_estimators(
    candidate: Pipeline,
    champion: Pipeline | None,
    *,
    inputs: Sequence[Any],
    y: np.ndarray,
    labels: tuple[str, ...],
    champion_labels: tuple[str, ...],
    config: CompareConfig,
    seed: int,
) -> Comparison:
    """Score both on ``inputs`` now and compare.

    Args:
        candidate: The selected model.
        champion: The model in production; None when there is none.
        inputs: Held-out inputs, shape (rows,).
        y: Their class ids, shape (rows,).
        labels: The candidate's class names by id.
        champion_labels: The champion's class names by id.
        config: Confidence and margin.
        seed: Seed of the bootstrap.
    """
    bounds = {"confidence": config.confidence, "margin": config.margin}
    proba = candidate.predict_proba(inputs)
    if champion is None:
        return no_champion(y, proba, **bounds)
    if labels != champion_labels:
        reason = (
            f"the production model knows {', '.join(champion_labels)}, this one "
            f"{', '.join(labels)}; set promotion.compare.incomparable=allow to replace it"
        )
        return incomparable(y, proba, **bounds, reason=reason)
    return compare_on_same_rows(y, champion.predict_proba(inputs), proba, **bounds, seed=seed)
