"""The ``candidates`` section: models of ``core.config.models``, alone or together."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from core.config.base import Name, Section
from core.config.models import (
    ComplementNbModel,
    FinalModel,
    GaussianNbModel,
    HistGradientBoostingModel,
    LinearRegressionModel,
    LinearSvmModel,
    LogisticRegressionModel,
    MlpModel,
    MultinomialNbModel,
    RandomForestModel,
    RidgeModel,
    SimpleModel,
    TransformerModel,
    VectorizerConfig,
    XgboostModel,
)
from core.config.search import SearchConfig, check_space


class _Named(Section):
    name: Name = Field(description="Names the step and the MLflow run.")
    search: SearchConfig | None = None

    @model_validator(mode="after")
    def _space_is_possible(self) -> Self:
        check_space(self, self.search)
        return self


class LogisticRegressionCandidate(LogisticRegressionModel, _Named):
    pass


class LinearSvmCandidate(LinearSvmModel, _Named):
    pass


class MultinomialNbCandidate(MultinomialNbModel, _Named):
    pass


class ComplementNbCandidate(ComplementNbModel, _Named):
    pass


class GaussianNbCandidate(GaussianNbModel, _Named):
    pass


class RandomForestCandidate(RandomForestModel, _Named):
    pass


class HistGradientBoostingCandidate(HistGradientBoostingModel, _Named):
    pass


class MlpCandidate(MlpModel, _Named):
    pass


class XgboostCandidate(XgboostModel, _Named):
    pass


class LinearRegressionCandidate(LinearRegressionModel, _Named):
    pass


class RidgeCandidate(RidgeModel, _Named):
    pass


class TransformerCandidate(TransformerModel, _Named):
    pass


class _Voter(Section):
    weight: NonNegativeFloat = Field(1.0, description="Weight of what this member says.")


class LogisticRegressionVoter(LogisticRegressionModel, _Voter):
    pass


class LinearSvmVoter(LinearSvmModel, _Voter):
    pass


class MultinomialNbVoter(MultinomialNbModel, _Voter):
    pass


class ComplementNbVoter(ComplementNbModel, _Voter):
    pass


class GaussianNbVoter(GaussianNbModel, _Voter):
    pass


class RandomForestVoter(RandomForestModel, _Voter):
    pass


class HistGradientBoostingVoter(HistGradientBoostingModel, _Voter):
    pass


class MlpVoter(MlpModel, _Voter):
    pass


class XgboostVoter(XgboostModel, _Voter):
    pass


class LinearRegressionVoter(LinearRegressionModel, _Voter):
    pass


class RidgeVoter(RidgeModel, _Voter):
    pass


Voter = Annotated[
    LogisticRegressionVoter
    | LinearSvmVoter
    | MultinomialNbVoter
    | ComplementNbVoter
    | GaussianNbVoter
    | RandomForestVoter
    | HistGradientBoostingVoter
    | MlpVoter
    | XgboostVoter
    | LinearRegressionVoter
    | RidgeVoter,
    Field(discriminator="model"),
]
Member = Annotated[SimpleModel, Field(discriminator="model")]


class _Ensemble(_Named):
    """Several models together; each subclass has members of its own type."""

    @property
    def _members(self) -> tuple[Any, ...]:
        members: tuple[Any, ...] = getattr(self, "members")  # noqa: B009 - a subclass has its own
        return members

    @property
    def vectorizers(self) -> tuple[VectorizerConfig, ...]:
        """Those of the members, each once."""
        every = (vectorizer for member in self._members for vectorizer in member.vectorizers)
        return tuple(dict.fromkeys(every))

    @property
    def parts(self) -> dict[str, Any]:
        """The models in it by their key within it; its own is empty."""
        members = {f"members.{number}.": member for number, member in enumerate(self._members)}
        return {"": self, **members}

    @property
    def model_names(self) -> tuple[str, ...]:
        """Of the model, and of those in it."""
        return tuple(part.model for part in self.parts.values())


class SoftVoteCandidate(_Ensemble):
    """The weighted mean of its members' probabilities, or of the quantities that they predict."""

    model: Literal["soft_vote"]
    members: Annotated[tuple[Voter, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _has_weight(self) -> Self:
        if not any(member.weight for member in self.members):
            raise ValueError("at least one member needs a weight above 0")
        return self


class StackingCandidate(_Ensemble):
    """A final model of what its members say about rows that they were not fitted on (folds)."""

    model: Literal["stacking"]
    members: Annotated[tuple[Member, ...], Field(min_length=2)]
    final: Annotated[FinalModel, Field(discriminator="model")] | None = Field(
        None, description="null = logistic_regression for classes, ridge for quantities."
    )
    folds: Annotated[int, Field(ge=2, le=20)] = 5

    @property
    def parts(self) -> dict[str, Any]:
        """The models in it by their key within it; its own is empty."""
        return super().parts | ({"final.": self.final} if self.final else {})


Candidate = Annotated[
    LogisticRegressionCandidate
    | LinearSvmCandidate
    | MultinomialNbCandidate
    | ComplementNbCandidate
    | GaussianNbCandidate
    | RandomForestCandidate
    | HistGradientBoostingCandidate
    | MlpCandidate
    | XgboostCandidate
    | LinearRegressionCandidate
    | RidgeCandidate
    | TransformerCandidate
    | SoftVoteCandidate
    | StackingCandidate,
    Field(discriminator="model"),
]
