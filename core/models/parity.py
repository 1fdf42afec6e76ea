"""Does the served scorer answer as the fitted estimator does?"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, computed_field

from core.errors import GatehouseError
from core.models.scorer.protocol import Scorer

HOSTILE_TEXTS = (
    "",
    " \t\r\n\u2028",
    "?!... --- ###",
    "\x00\x1b[31m\x7f\ufeff",
    "\ud800 a lone surrogate \udfff",
    "zzqx vvkj qqwz",
    "İstanbul STRASSE straße ﬁne ǅ Σίσυφος",
    "e\u0301cole n\u0303 a\u0308 हिन्दी ไทย العربية 中文字符 日本語",
    "👍🏽 👨‍👩‍👧 ½ ² ① ٣ 1,000,000.50 $%€",
    "<p class='x'>AT&amp;T &lt;b&gt;up&lt;/b&gt; &#39;10%&#39;</p><br/><!-- a > b -->",
    "&#" + "9" * 5000 + "; &amp;amp; &notanentity; <unclosed",
    "see https://example.org/a?b=c#d, www.example.com/x and HTTP://EXAMPLE.ORG now",
    "x" * 20_000,
    "the market said " * 1_000,
    "<" * 10_000 + "http" * 2_000,
)


class ParityReport(BaseModel):
    """The scorer compared with the estimator.

    Attributes:
        rows: Texts or rows that both scored.
        label_mismatches: Those for which the most probable class is not the estimator's.
        max_abs_difference: Largest absolute difference of any probability; of quantities, see
            ``differences``.
        tolerance: Largest difference allowed.
    """

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    rows: int
    label_mismatches: int
    max_abs_difference: float
    tolerance: float

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """All labels are equal and all differences within the tolerance (NaN is not)."""
        return self.label_mismatches == 0 and self.max_abs_difference <= self.tolerance


def check_parity(
    expected: np.ndarray, scorer: Scorer, inputs: Sequence[Any], tolerance: float = 1e-9
) -> ParityReport:
    """Compares the scorer's outputs with the estimator's.

    Args:
        expected: The estimator's outputs, shape (len(inputs), outputs).
        scorer: What is served of it.
        inputs: At least one raw text or plain row.
        tolerance: Largest difference allowed.

    Raises:
        GatehouseError: The scorer's outputs have another shape.
    """
    served = scorer.outputs(inputs)
    if served.shape != expected.shape:
        raise GatehouseError(
            f"what is served answers with shape {served.shape}, the model with {expected.shape}"
        )
    is_other = served.argmax(axis=1) != expected.argmax(axis=1)
    return ParityReport(
        rows=len(inputs),
        label_mismatches=int(is_other.sum()),
        max_abs_difference=float(differences(served, expected, scorer.labels).max()),
        tolerance=tolerance,
    )


def differences(found: np.ndarray, expected: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Absolute differences of outputs, shape (rows, outputs).

    Args:
        found: Outputs, shape (rows, outputs).
        expected: The same shape.
        labels: Class names; empty for quantities, which may be of any size: their differences are
            shares of the expected one's absolute value, or of the median of those if it is larger,
            so that neither a quantity near zero nor a huge one hides what the others do.
    """
    difference: np.ndarray = np.abs(found - expected)
    if labels:
        return difference
    sizes = np.abs(expected)
    sizes = np.maximum(sizes, np.median(sizes))
    return difference / np.where(sizes > 0, sizes, 1)


def probe_texts(texts: Sequence[str], rows: int, seed: int) -> list[str]:
    """Returns texts for ``check_parity``: real ones first, then hostile ones.

    Args:
        texts: Raw texts of the data set.
        rows: Size of the seeded sample of ``texts``; where there are fewer, seeded
            recombinations of them fill it up.
        seed: Same seed, same probes.

    Returns:
        ``rows`` + ``len(HOSTILE_TEXTS)`` texts.
    """
    generator = random.Random(seed)
    sample = generator.sample(texts, min(rows, len(texts)))
    recombined = islice(_recombinations(texts or HOSTILE_TEXTS, generator), rows - len(sample))
    return [*sample, *recombined, *HOSTILE_TEXTS]


def _recombinations(texts: Sequence[str], generator: random.Random) -> Iterator[str]:
    """Yields truncated, joined and case-changed texts without end."""
    while True:
        first, second = generator.choice(texts), generator.choice(texts)
        yield first[: generator.randrange(len(first) + 1)]
        yield f"{first} {second}"
        yield generator.choice((str.upper, str.title, str.swapcase))(first)
