"""Golden answers: what the estimator and the served scorer said about a few texts at the release.

They travel with a model, so they hold no training text: the texts are random terms of the model's
own vocabulary. They are replayed in two ways:

- Before a service serves a model, against the *estimator's* answers, within a tolerance: another
  CPU or another build of NumPy may add the same numbers up in another order.
- Before a rollback counts as done, against the *scorer's own* answers, bit for bit: on the machine
  that released it, the same bytes give the same float64.

Imports without scikit-learn.
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
Answers = tuple[tuple[Probability, ...], ...]


class Golden(BaseModel):
    """The answers of both to the same texts.

    Attributes:
        format: Of the file.
        labels: Class names in the order of their ids.
        texts: Raw texts.
        probabilities: The estimator's, shape (len(texts), len(labels)).
        served: The stored scorer's, same shape; JSON carries every float64 without loss.
        tolerance: Largest absolute difference allowed to who answers in the estimator's place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[2] = 2
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]
    probabilities: Answers
    served: Answers
    tolerance: Annotated[float, Field(gt=0, le=1e-6)] = TOLERANCE

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for answers in (self.probabilities, self.served):
            if len(answers) != len(self.texts):
                raise ValueError(f"{len(self.texts)} texts have {len(answers)} answers")
        for row in (*self.probabilities, *self.served):
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


def make_golden(estimator: Estimator, scorer: Scorer, texts: Sequence[str]) -> Golden:
    """Returns the answers of both to ``texts``.

    Args:
        estimator: Fitted.
        scorer: What is served of it, as loaded from its files; it names the labels.
        texts: Raw texts.

    Raises:
        GatehouseError: They are no probabilities (NaN, or not one for each label).
    """
    answers = estimator.predict_proba(texts), scorer.predict_proba(texts)
    try:
        probabilities, served = (tuple(map(tuple, rows.tolist())) for rows in answers)
        return Golden(
            labels=scorer.labels, texts=tuple(texts), probabilities=probabilities, served=served
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


def replay_exactly(golden: Golden, scorer: Scorer) -> str | None:
    """Returns None if the scorer gives its own earlier answers bit for bit, else what differs.

    Every float64 has to be equal, so this is for the machine that released the model, or one like
    it; the line says for how many texts one is not, and the largest absolute difference.
    """
    if scorer.labels != golden.labels:
        return f"labels are {list(scorer.labels)}, not {list(golden.labels)}"
    expected, served = np.array(golden.served), scorer.predict_proba(golden.texts)
    if served.shape != expected.shape:
        return f"probabilities have shape {served.shape}, not {expected.shape}"
    differs = (np.ascontiguousarray(served).view(np.int64) != expected.view(np.int64)).any(axis=1)
    if not differs.any():
        return None
    return (
        f"{differs.sum()} of {len(differs)} texts have other answers than at the release, "
        f"by up to {np.abs(served - expected).max():.3g}"
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
