"""Golden answers: what estimator and served scorer said about a few inputs at the release.

They travel with a model, so they hold no training row: texts are random terms of the model's own
vocabulary, rows are made of what the model knows of each column. They are replayed in two ways:

- Before a service serves a model, against the *estimator's* answers, within a tolerance: another
  CPU or another build of NumPy may add the same numbers up in another order.
- Before a rollback counts as done, against the *scorer's own* answers, bit for bit: on the machine
  that released it, the same bytes give the same float64.

Imports without scikit-learn.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import GatehouseError
from core.features import Value
from core.models.parity import HOSTILE_TEXTS, differences
from core.models.scorer.protocol import Scorer

TEXTS = 64
TOLERANCE = 1e-9
SENTENCE_TERMS = (3, 40)
LONGEST_HOSTILE = 200

_TODAY = {"texts": "inputs", "probabilities": "outputs"}

Answers = tuple[tuple[float, ...], ...]
Texts = tuple[str, ...]
Rows = tuple[dict[str, Value], ...]


class Golden(BaseModel):
    """The answers of both to the same inputs.

    Attributes:
        format: Of the file.
        labels: Class names in the order of their ids; empty where a quantity is predicted.
        inputs: Raw texts, or plain rows (``core.features``).
        outputs: The estimator's, shape (len(inputs), len(labels)), or (.., 1) of quantities.
        served: The stored scorer's, asked one by one, same shape; JSON carries every float64
            without loss.
        tolerance: Largest difference allowed to who answers in the estimator's place; see
            ``core.models.parity.differences``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[3] = 3
    labels: tuple[str, ...]
    inputs: Annotated[Texts | Rows, Field(min_length=1)]
    outputs: Answers
    served: Answers
    tolerance: Annotated[float, Field(gt=0, le=1e-6)] = TOLERANCE

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for answers in (self.outputs, self.served):
            if len(answers) != len(self.inputs):
                raise ValueError(f"{len(self.inputs)} inputs have {len(answers)} answers")
        for row in (*self.outputs, *self.served):
            if len(row) != (len(self.labels) or 1):
                raise ValueError(f"{row} is no answer with {len(self.labels)} labels")
            if self.labels and not is_distribution(row):
                raise ValueError(f"{row} is no distribution over {len(self.labels)} labels")
        return self


def is_distribution(row: Sequence[float]) -> bool:
    """Whether these are probabilities that add up to 1."""
    # A NaN or infinity fails the sum.
    return min(row) >= 0 and abs(sum(row) - 1) < 1e-6


def golden_texts(terms: Sequence[str], seed: int) -> list[str]:
    """Returns ``TEXTS`` texts: seeded random sentences of ``terms``, then short hostile texts."""
    hostile = [text for text in HOSTILE_TEXTS if len(text) <= LONGEST_HOSTILE and _is_unicode(text)]
    generator = random.Random(seed)
    sentences = [
        " ".join(generator.choices(terms, k=generator.randint(*SENTENCE_TERMS)))
        for _ in range(TEXTS - len(hostile))
    ]
    return [*sentences, *hostile]


def make_golden(expected: np.ndarray, scorer: Scorer, inputs: Sequence[Any]) -> Golden:
    """Returns the answers of both to ``inputs``.

    Args:
        expected: The estimator's outputs, shape (len(inputs), outputs).
        scorer: What is served of it, as loaded from its files; it names the labels.
        inputs: Raw texts, or plain rows.

    Raises:
        GatehouseError: They are no answers (NaN, or probabilities not one for each label).
    """
    try:
        outputs, served = (
            tuple(map(tuple, rows.tolist())) for rows in (expected, _one_by_one(scorer, inputs))
        )
        return Golden(labels=scorer.labels, inputs=tuple(inputs), outputs=outputs, served=served)
    except ValidationError as error:
        raise GatehouseError(
            f"the estimator gives no golden answers: {_reason(error)}; check its parameters"
        ) from error


def save_golden(golden: Golden, path: Path) -> None:
    """Writes JSON; the same answers always give the same bytes."""
    path.write_bytes(golden.model_dump_json().encode() + b"\n")


def load_golden(path: Path) -> Golden:
    """Reads what ``save_golden`` wrote.

    Raises:
        GatehouseError: The file is missing or damaged, or of another format.
    """
    try:
        return Golden.model_validate_json(_today(path.read_bytes()), strict=True)
    except (OSError, ValidationError) as error:
        raise GatehouseError(
            f"the golden answers in {path} can't be read ({_reason(error)}); "
            "release the model again"
        ) from error


def _today(content: bytes) -> bytes:
    """Format 2 was the same with other names, for texts only."""
    if not content.startswith(b'{"format":2,'):
        return content
    try:
        values = json.loads(content)
    except ValueError:
        return content
    return json.dumps({_TODAY.get(k, k): v for k, v in values.items()} | {"format": 3}).encode()


def golden_digest(path: Path) -> str:
    """Returns the SHA-256 (hex) of the file; OSError if it can't be read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def replay(golden: Golden, scorer: Scorer) -> str | None:
    """Returns None if the scorer gives the golden answers, else one line on the first that differs.

    All outputs must be within the tolerance (NaN is not) and each top label the same.
    """
    if unlike := _unlike(golden, scorer):
        return unlike
    expected, served = np.array(golden.outputs), scorer.outputs(golden.inputs)
    if served.shape != expected.shape:
        return f"answers have shape {served.shape}, not {expected.shape}"
    difference = differences(served, expected, golden.labels)
    top, expected_top = served.argmax(axis=1), expected.argmax(axis=1)
    agrees = (difference <= golden.tolerance).all(axis=1) & (top == expected_top)
    if agrees.all():
        return None
    row = int(agrees.argmin())
    asked = f"input {row + 1} {str(golden.inputs[row])[:40]!r} is"
    if not golden.labels:
        return f"{asked} {served[row, 0]:.9g}, not {expected[row, 0]:.9g}"
    return (
        f"{asked} {golden.labels[top[row]]}, not {golden.labels[expected_top[row]]}, with "
        f"probabilities that differ by up to {difference[row].max():.3g}"
    )


def replay_exactly(golden: Golden, scorer: Scorer) -> str | None:
    """Returns None if the scorer gives its own earlier answers bit for bit, else what differs.

    Every float64 has to be equal, so this is for the machine that released the model, or one like
    it; the line says for how many inputs one is not, and the largest absolute difference.
    """
    if unlike := _unlike(golden, scorer):
        return unlike
    expected, served = np.array(golden.served), _one_by_one(scorer, golden.inputs)
    if served.shape != expected.shape:
        return f"answers have shape {served.shape}, not {expected.shape}"
    differs = (np.ascontiguousarray(served).view(np.int64) != expected.view(np.int64)).any(axis=1)
    if not differs.any():
        return None
    return (
        f"{differs.sum()} of {len(differs)} inputs have other answers than at the release, "
        f"by up to {np.abs(served - expected).max():.3g}"
    )


def _one_by_one(scorer: Scorer, inputs: Sequence[Any]) -> np.ndarray:
    """As a service is asked: a matrix of many rows may be multiplied in another order."""
    return np.array([scorer.outputs_one(item) for item in inputs])


def _unlike(golden: Golden, scorer: Scorer) -> str | None:
    """Why the scorer can't be asked, in one line."""
    if scorer.labels != golden.labels:
        return f"labels are {list(scorer.labels)}, not {list(golden.labels)}"
    columns = tuple(feature.name for feature in scorer.features)
    first = golden.inputs[0]
    asked = () if isinstance(first, str) else tuple(first)
    if columns != asked:
        return f"columns are {list(columns)}, not {list(asked)}"
    return None


def _is_unicode(text: str) -> bool:
    """Whether JSON can carry the text; a lone surrogate can't be encoded."""
    return text.encode(errors="ignore").decode() == text


def _reason(error: OSError | ValidationError) -> str:
    text = str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc']))} {first['msg']}"
    return " ".join(text.split())
