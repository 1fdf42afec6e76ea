"""The ``candidates`` section: vectorizers and models by name, each with its own parameters."""

from typing import Annotated, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from core.config.base import Name, Section

NgramRange = tuple[PositiveInt, PositiveInt]


class VectorizerConfig(Section):
    """Bag of words or TF-IDF over word or character n-grams (scikit-learn's parameters)."""

    kind: Literal["tfidf", "count"] = "tfidf"
    analyzer: Literal["word", "char", "char_wb"] = "word"
    ngram_range: NgramRange = (1, 1)
    min_df: PositiveInt = 1
    max_df: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_features: PositiveInt | None = None
    sublinear_tf: bool = Field(False, description="TF-IDF only: 1 + log(tf).")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.ngram_range[0] > self.ngram_range[1]:
            raise ValueError(f"ngram_range must ascend, not {list(self.ngram_range)}")
        if self.kind == "count" and self.sublinear_tf:
            raise ValueError("sublinear_tf needs kind: tfidf")
        return self


def _count_of(value: object) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


OneOrMoreVectorizers = Annotated[
    Annotated[VectorizerConfig, Tag("one")]
    | Annotated[tuple[VectorizerConfig, ...], Field(min_length=1), Tag("several")],
    Discriminator(_count_of),
]


class LogisticRegressionParams(Section):
    C: PositiveFloat = 1.0
    class_weight: Literal["balanced"] | None = None
    max_iter: PositiveInt = 200


class LinearSvmParams(Section):
    C: PositiveFloat = 1.0
    class_weight: Literal["balanced"] | None = None
    max_iter: PositiveInt = 1000
    calibration_folds: Annotated[int, Field(ge=2, le=20)] = 5


class NaiveBayesParams(Section):
    alpha: PositiveFloat = 1.0


class RandomForestParams(Section):
    n_estimators: PositiveInt = 100
    max_depth: PositiveInt | None = None
    min_samples_leaf: PositiveInt = 1
    class_weight: Literal["balanced", "balanced_subsample"] | None = None


class _TextModel(Section):
    """One classifier on one vectorizer, or on several side by side."""

    vectorizer: OneOrMoreVectorizers = VectorizerConfig()

    @property
    def vectorizers(self) -> tuple[VectorizerConfig, ...]:
        return self.vectorizer if isinstance(self.vectorizer, tuple) else (self.vectorizer,)


class LogisticRegressionModel(_TextModel):
    model: Literal["logistic_regression"]
    params: LogisticRegressionParams = LogisticRegressionParams()


class LinearSvmModel(_TextModel):
    model: Literal["linear_svm"]
    params: LinearSvmParams = LinearSvmParams()


class MultinomialNbModel(_TextModel):
    model: Literal["multinomial_nb"]
    params: NaiveBayesParams = NaiveBayesParams()


class ComplementNbModel(_TextModel):
    model: Literal["complement_nb"]
    params: NaiveBayesParams = NaiveBayesParams()


class RandomForestModel(_TextModel):
    model: Literal["random_forest"]
    params: RandomForestParams = RandomForestParams()


class _Member(Section):
    weight: NonNegativeFloat = Field(1.0, description="Weight of this member's probabilities.")


class LogisticRegressionMember(LogisticRegressionModel, _Member):
    pass


class LinearSvmMember(LinearSvmModel, _Member):
    pass


class MultinomialNbMember(MultinomialNbModel, _Member):
    pass


class ComplementNbMember(ComplementNbModel, _Member):
    pass


class RandomForestMember(RandomForestModel, _Member):
    pass


Member = Annotated[
    LogisticRegressionMember
    | LinearSvmMember
    | MultinomialNbMember
    | ComplementNbMember
    | RandomForestMember,
    Field(discriminator="model"),
]


class _Named(Section):
    name: Name = Field(description="Names the step and the MLflow run.")


class LogisticRegressionCandidate(LogisticRegressionModel, _Named):
    pass


class LinearSvmCandidate(LinearSvmModel, _Named):
    pass


class MultinomialNbCandidate(MultinomialNbModel, _Named):
    pass


class ComplementNbCandidate(ComplementNbModel, _Named):
    pass


class RandomForestCandidate(RandomForestModel, _Named):
    pass


class SoftVoteCandidate(_Named):
    """The weighted mean of its members' probabilities."""

    model: Literal["soft_vote"]
    members: Annotated[tuple[Member, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _has_weight(self) -> Self:
        if not any(member.weight for member in self.members):
            raise ValueError("at least one member needs a weight above 0")
        return self


TextModel = (
    LogisticRegressionModel
    | LinearSvmModel
    | MultinomialNbModel
    | ComplementNbModel
    | RandomForestModel
)
Candidate = Annotated[
    LogisticRegressionCandidate
    | LinearSvmCandidate
    | MultinomialNbCandidate
    | ComplementNbCandidate
    | RandomForestCandidate
    | SoftVoteCandidate,
    Field(discriminator="model"),
]
