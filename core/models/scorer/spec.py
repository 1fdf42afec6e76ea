"""What is served of a fitted model: plain numbers, or else the pickle of its pipeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from core.features import Feature
from core.models.text import CleaningOptions

FloatArray = NDArray[np.float64]
Analyzer = Literal["word", "char", "char_wb"]
HeadKind = Literal["softmax", "logistic", "naive_bayes", "calibrated"]


@dataclass(frozen=True, eq=False)
class VectorizerSpec:
    """Term counts of the vocabulary's n-grams, or their L2-normalised TF-IDF.

    Attributes:
        analyzer: How a cleaned text becomes n-grams (``scorer.ngrams``).
        ngram_range: Shortest and longest n.
        terms: The vocabulary; term i is column i.
        idf: Shape (len(terms),); None for plain counts.
        sublinear_tf: 1 + log(count) in place of the count.
    """

    analyzer: Analyzer
    ngram_range: tuple[int, int]
    terms: tuple[str, ...]
    idf: FloatArray | None = None
    sublinear_tf: bool = False

    def __post_init__(self) -> None:
        if self.analyzer not in get_args(Analyzer):
            raise ValueError(f"unknown analyzer {self.analyzer!r}")
        if len(set(self.terms)) < len(self.terms):
            raise ValueError("a vocabulary has a term twice")
        if self.idf is not None and self.idf.shape != (len(self.terms),):
            raise ValueError(f"{len(self.terms)} terms have idf of shape {self.idf.shape}")


@dataclass(frozen=True, eq=False)
class HeadSpec:
    """From features to class probabilities, by linear scores.

    Attributes:
        kind: ``softmax`` (multinomial logistic regression), ``logistic`` (binary), ``naive_bayes``
            (the scores are joint log-likelihoods) or ``calibrated`` (one-vs-rest scores, each
            through its sigmoid, then normalised).
        coefficients: Shape (n_features, n_outputs), C order so that a term's row is contiguous;
            n_outputs is 1 for binary ``logistic`` and ``calibrated``, else the number of classes.
        intercepts: Shape (n_outputs,).
        sigmoids: Shape (2, n_outputs), Platt's a and b of 1 / (1 + exp(a * score + b));
            ``calibrated`` only.
    """

    kind: HeadKind
    coefficients: FloatArray
    intercepts: FloatArray
    sigmoids: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(HeadKind):
            raise ValueError(f"unknown head {self.kind!r}")
        outputs = self.coefficients.shape[-1]
        if self.coefficients.ndim != 2 or self.intercepts.shape != (outputs,):
            raise ValueError(
                f"coefficients {self.coefficients.shape} don't fit {self.intercepts.shape}"
            )
        if (self.kind == "calibrated") != (self.sigmoids is not None):
            raise ValueError(f"a {self.kind} head has sigmoids only if it is calibrated")
        if self.sigmoids is not None and self.sigmoids.shape != (2, outputs):
            raise ValueError(f"sigmoids of shape {self.sigmoids.shape} for {outputs} outputs")


@dataclass(frozen=True, eq=False)
class MemberSpec:
    """One classifier on the features of its vectorizers, side by side."""

    vectorizers: tuple[VectorizerSpec, ...]
    head: HeadSpec
    weight: float = 1.0

    def __post_init__(self) -> None:
        terms = sum(len(vectorizer.terms) for vectorizer in self.vectorizers)
        if self.head.coefficients.shape[0] != terms:
            raise ValueError(f"{terms} terms for {self.head.coefficients.shape[0]} coefficients")


@dataclass(frozen=True, eq=False)
class ScorerSpec:
    """A whole model: cleaning, then the weighted mean of its members' probabilities.

    Attributes:
        labels: Class names in the order of their ids.
        cleaning: Applied to every raw text.
        members: One, or the members of a soft vote.
    """

    labels: tuple[str, ...]
    cleaning: CleaningOptions
    members: tuple[MemberSpec, ...]

    def __post_init__(self) -> None:
        if not any(member.weight > 0 for member in self.members):
            raise ValueError("no member has a weight above 0")
        for member in self.members:
            kind, outputs = member.head.kind, member.head.intercepts.size
            one = kind == "logistic" or (kind == "calibrated" and len(self.labels) == 2)
            if outputs != (1 if one else len(self.labels)):
                raise ValueError(
                    f"{kind} head with {outputs} outputs for {len(self.labels)} labels"
                )


class Interval(BaseModel):
    """How far off a predicted quantity is, at most, for a share of the rows (split conformal).

    Attributes:
        coverage: That share.
        half_width: In the unit of the quantity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    coverage: float
    half_width: float


@dataclass(frozen=True)
class PickledModel:
    """A fitted pipeline that has no plain numbers, as the bytes of its pickle, unopened.

    Attributes:
        labels: Class names in the order of their ids; empty where a quantity is predicted.
        cleaning: What the pipeline's first stage does to texts.
        content: The pickle. The same data and seed give the same bytes.
        libraries: Versions of what made it.
        features: The columns that it takes; empty where it takes texts.
        target: Name of what it predicts.
        interval: Of a predicted quantity.
    """

    labels: tuple[str, ...]
    cleaning: CleaningOptions
    content: bytes = field(repr=False)
    libraries: Mapping[str, str]
    features: tuple[Feature, ...] = ()
    target: str = "label"
    interval: Interval | None = None


ServedModel = ScorerSpec | PickledModel


def example_request(features: Sequence[Feature]) -> dict[str, Any]:
    """The body of a request that a model with these features answers, to show callers."""
    if not features:
        return {"text": "..."}
    # A category may have no level frequent enough to be an example, and a value all the same.
    examples = {f.name: "..." if f.example in (None, "") else f.example for f in features}
    missing = {f.name for f in features if f.nullable and f.example in (None, "")}
    return {"row": {name: value for name, value in examples.items() if name not in missing}}
