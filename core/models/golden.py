"""Golden answers: what the fitted estimator says about a few texts, replayed before a model serves.

They travel with a model, so they hold no training text: the texts are random terms of the model's
own vocabulary. Imports without scikit-learn.
"""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import GatehouseError
from core.models.parity import HOSTILE_TEXTS
from core.models.scorer.estimator import Estimator
from core.models.scorer.protocol import Scorer

TEXTS = 64
TOLERANCE = 1e-9
SENTENCE_TERMS = (3, 40)
LONGEST_HOSTILE = 200

Probability = Annotated[float, Field(ge=0, le=1)]


class Golden(BaseModel):
    """The estimator's own answers.

    Attributes:
        format: Of the file.
        labels: Class names in the order of their ids.
        texts: Raw texts.
        probabilities: Shape (len(texts), len(labels)).
        tolerance: Largest absolute difference allowed to who answers in the estimator's place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[1] = 1
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]
    probabilities: tuple[tuple[Probability, ...], ...]
    tolerance: Annotated[float, Field(gt=0, le=1e-6)] = TOLERANCE

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(self.probabilities) != len(self.texts):
            raise ValueError(f"{len(self.texts)} texts have {len(self.probabilities)} answers")
        for row in self.probabilities:
            if len(row) != len(self.labels) or abs(sum(row) - 1) > 1e-6:
                raise ValueError(f"{row} is no distribution over {len(self.labels)} labels")
        return self


def golden_texts(terms: Sequence[str], seed: int) -> list[str]:
    """Returns ``TEXTS`` texts: seeded random sentences of ``terms``, then short hostile texts."""
    hostile = [text for text in HOSTILE_TEXTS if len(text) <= LONGEST_HOSTILE and _is_unicode(text)]
    generator = random.Random(seed)
    sentences = [
        " ".join(generator.choices(terms, k=generator.randint(*SENTENCE_TERMS)))
        for _ in range(TEXTS - len(hostile))
    ]
    return [*sentences, *hostile]


def make_golden(estimator: Estimator, labels: Sequence[str], texts: Sequence[str]) -> Golden:
    """Returns the estimator's answers to ``texts``.

    Raises:
        GatehouseError: They are no probabilities (NaN, or not one for each label).
    """
    probabilities = estimator.predict_proba(texts)
    try:
        return Golden(
            labels=tuple(labels),
            texts=tuple(texts),
            probabilities=tuple(map(tuple, probabilities.tolist())),
        )
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
        return Golden.model_validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        raise GatehouseError(
            f"the golden answers in {path} can't be read ({_reason(error)}); "
            "release the model again"
        ) from error


def golden_digest(path: Path) -> str:
    """Returns the SHA-256 (hex) of the file; OSError if it can't be read."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def replay(golden: Golden, scorer: Scorer) -> str | None:
    """Returns None if the scorer gives the golden answers, else one line on the first that differs.

    All probabilities must be within the tolerance (NaN is not) and each top label the same.
    """
    if scorer.labels != golden.labels:
        return f"labels are {list(scorer.labels)}, not {list(golden.labels)}"
    expected, served = np.array(golden.probabilities), scorer.predict_proba(golden.texts)
    if served.shape != expected.shape:
        return f"probabilities have shape {served.shape}, not {expected.shape}"
    difference = np.abs(served - expected)
    top, expected_top = served.argmax(axis=1), expected.argmax(axis=1)
    agrees = (difference <= golden.tolerance).all(axis=1) & (top == expected_top)
    if agrees.all():
        return None
    row = int(agrees.argmin())
    return (
        f"text {row + 1} {golden.texts[row][:40]!r} is {golden.labels[top[row]]}, not "
        f"{golden.labels[expected_top[row]]}, with probabilities that differ by up to "
        f"{difference[row].max():.3g}"
    )


def _is_unicode(text: str) -> bool:
    """Whether JSON can carry the text; a lone surrogate can't be encoded."""
    return text.encode(errors="ignore").decode() == text


def _reason(error: OSError | ValidationError) -> str:
    text = str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        text = f"{'.'.join(map(str, first['loc']))} {first['msg']}"
    return " ".join(text.split())
