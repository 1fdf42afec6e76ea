"""Which candidate goes to the gate."""

from collections.abc import Sequence

from core.evaluation.metrics import GREATER_IS_BETTER


def select(metrics: Sequence[tuple[str, dict[str, float]]], metric: str) -> str:
    """Name of the best candidate; of equals the one that the config lists first.

    Args:
        metrics: (candidate name, value by metric), in the config's order.
        metric: The metric to compare by, in the direction that is better for it.
    """
    sign = 1 if GREATER_IS_BETTER[metric] else -1
    return max(metrics, key=lambda item: sign * item[1][metric])[0]
