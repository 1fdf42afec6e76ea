"""Which candidate goes to the gate."""

import math
from collections.abc import Sequence

from core.errors import DataError
from core.evaluation.metrics import GREATER_IS_BETTER


def select(metrics: Sequence[tuple[str, dict[str, float]]], metric: str) -> str:
    """Name of the best candidate; of equals the one that the config lists first.

    Args:
        metrics: (candidate name, value by metric), in the config's order.
        metric: The metric to compare by, in the direction that is better for it.

    Raises:
        DataError: the validation rows define the metric for no candidate.
    """
    defined = [item for item in metrics if not math.isnan(item[1][metric])]
    if not defined:
        raise DataError(
            f"selection.metric: {metric} is undefined on the validation rows (a true value of 0 "
            "has no mape, one class no auc, equal values no r2); take another"
        )
    sign = 1 if GREATER_IS_BETTER[metric] else -1
    return max(defined, key=lambda item: sign * item[1][metric])[0]
