"""The heaviest of many weights."""

from collections.abc import Sequence

import numpy as np

from core.evaluation.evaluation import Weight

MOST = 20


def heaviest(
    names: Sequence[str], values: np.ndarray, spreads: np.ndarray | None = None
) -> tuple[Weight, ...]:
    """The :data:`MOST` largest of the values, largest first; of equal ones the earlier name.

    Args:
        names: What was weighed.
        values: Shape (names,).
        spreads: Of each value, the same shape; None: 0.
    """
    around = np.zeros(len(values)) if spreads is None else spreads
    order = np.argsort(-values, kind="stable")[:MOST]
    return tuple(
        Weight(name=names[i], value=float(values[i]), spread=float(around[i])) for i in order
    )
