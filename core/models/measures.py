"""What a model costs: numbers about the model itself, for rules."""

import random
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from core.models.parity import ParityReport
from core.models.scorer.estimator import EstimatorScorer
from core.models.scorer.exact import ExactScorer
from core.models.scorer.protocol import Scorer
from core.models.scorer.spec import ScorerSpec, ServedModel

TIMED_ROWS = 100


def measure_model(
    served: ServedModel,
    inputs: Sequence[Any],
    *,
    fit_seconds: float,
    model_bytes: int,
    parity: ParityReport,
    seed: int,
) -> dict[str, float]:
    """The values of ``core.config.rules.Measure``.

    Args:
        served: What will be served; it is timed as it is served, one text or row at a time.
        inputs: Held-out texts or plain rows, at least one.
        fit_seconds: Wall time of the fit.
        model_bytes: Size of the fitted estimator's file, which is the same however it is served.
        parity: Served scorer against estimator.
        seed: Seed of the sample that is timed.
    """
    scorer: Scorer = (
        ExactScorer(served) if isinstance(served, ScorerSpec) else EstimatorScorer(served)
    )
    return {
        "fit_seconds": fit_seconds,
        "predict_ms": median_ms(scorer, inputs, seed),
        "model_bytes": model_bytes,
        "parity_mismatches": parity.label_mismatches,
        "parity_difference": parity.max_abs_difference,
    }


def median_ms(scorer: Scorer, inputs: Sequence[Any], seed: int) -> float:
    """Median wall time of one input, in milliseconds, over a seeded sample of ``TIMED_ROWS``.

    It is of this machine and this moment: a bound needs room for a busy machine.
    """
    sample = random.Random(seed).sample(inputs, min(TIMED_ROWS, len(inputs)))
    scorer.outputs_one(sample[0])  # what is made on first use is not an input's own time
    return median(_milliseconds(scorer, item) for item in sample)


def _milliseconds(scorer: Scorer, item: Any) -> float:
    started = time.perf_counter()
    scorer.outputs_one(item)
    return 1000 * (time.perf_counter() - started)
