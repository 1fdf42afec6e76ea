"""Vectorizers and models by name, each with its own parameters: scikit-learn's, or XGBoost's.

Defaults are the library's own; a comment says why where they are not.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    Tag,
    model_validator,
)

from core.config.base import Section

Share = Annotated[float, Field(gt=0, le=1)]
NgramRange = tuple[PositiveInt, PositiveInt]


class VectorizerConfig(Section):
    """Bag of words or TF-IDF over word or character n-grams (scikit-learn's parameters)."""

    kind: Literal["tfidf", "count"] = "tfidf"
    analyzer: Literal["word", "char", "char_wb"] = "word"
    ngram_range: NgramRange = (1, 1)
    min_df: PositiveInt = 1
    max_df: Share = 1.0
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


class GaussianNbParams(Section):
    var_smoothing: PositiveFloat = 1e-9


class RandomForestParams(Section):
    n_estimators: Annotated[int, Field(ge=1, le=10_000)] = 100
    max_depth: PositiveInt | None = None
    min_samples_leaf: PositiveInt = 1
    max_features: Share | None = Field(
        None,
        description="Share of the columns that each split looks at; null = scikit-learn's own: "
        "the square root for classes, all for quantities.",
    )
    class_weight: Literal["balanced", "balanced_subsample"] | None = None


class HistGradientBoostingParams(Section):
    # More and smaller steps than scikit-learn's 100 of 0.1, and all of them: on some 10,000 rows
    # stopping early costs 0.01 of R2 or accuracy. Small sets hold out what they can't spare.
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    max_iter: Annotated[int, Field(ge=1, le=10_000)] = 500
    max_leaf_nodes: Annotated[int, Field(ge=2)] = 31
    max_depth: PositiveInt | None = None
    min_samples_leaf: PositiveInt = 20
    max_features: Share = Field(1.0, description="Share of the columns that a split looks at.")
    l2_regularization: NonNegativeFloat = 0.0
    early_stopping: bool = Field(False, description="On a tenth of the training rows.")
    class_weight: Literal["balanced"] | None = None


class MlpParams(Section):
    hidden_layer_sizes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (100,)
    alpha: NonNegativeFloat = Field(1e-4, description="Strength of the L2 penalty.")
    learning_rate_init: PositiveFloat = 1e-3
    max_iter: PositiveInt = Field(200, description="Most passes over the training rows.")
    # Not scikit-learn's: without it a network learns the rows of a small set by heart, and on
    # many texts all passes take minutes.
    early_stopping: bool = Field(True, description="On a tenth of the training rows.")


class XgboostParams(Section):
    # XGBoost's 100 steps of 0.3 fit noise. More and smaller ones, each on a part of rows and
    # columns, are better by 0.01 to 0.05 of R2 on diabetes and California housing.
    n_estimators: Annotated[int, Field(ge=1, le=10_000)] = 500
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    max_depth: Annotated[int, Field(ge=1, le=50)] = 6
    min_child_weight: NonNegativeFloat = 1.0
    subsample: Share = 0.8
    colsample_bytree: Share = 0.6
    reg_lambda: NonNegativeFloat = 1.0


class RidgeParams(Section):
    alpha: PositiveFloat = 1.0


class TransformerParams(Section):
    checkpoint: Annotated[str, Field(min_length=1)] = Field(
        description="A folder, or a name on the Hugging Face hub such as "
        "distilbert/distilbert-base-uncased. A folder's content is no part of the cache key.",
    )
    revision: str | None = Field(
        None, description="Commit, tag or branch on the hub; null = the newest, when it is fitted."
    )
    epochs: Annotated[int, Field(ge=1, le=1000)] = 3
    learning_rate: PositiveFloat = 5e-5
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 16
    max_length: Annotated[int, Field(ge=4, le=65_536)] = Field(
        128, description="Tokens of a text; what follows is cut off."
    )
    weight_decay: NonNegativeFloat = 0.01
    warmup_share: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.1, description="Share of the steps in which the learning rate rises to its value."
    )
    threads: PositiveInt = Field(
        1, description="Of the CPU. Another number fits weights that differ in their last bits."
    )


class _Single(Section):
    """One estimator."""

    @property
    def vectorizers(self) -> tuple[VectorizerConfig, ...]:
        """What makes features of its texts; empty where it reads them itself."""
        return ()

    @property
    def parts(self) -> dict[str, Any]:
        """The models in it by their key within it; its own is empty."""
        return {"": self}

    @property
    def model_names(self) -> tuple[str, ...]:
        """Of the model, and of those in it."""
        return tuple(part.model for part in self.parts.values())


class _Model(_Single):
    """One estimator on one vectorizer, or on several side by side."""

    vectorizer: OneOrMoreVectorizers = Field(
        VectorizerConfig(),
        description="For a text, and for a table's text columns; the members of a table's ensemble "
        "share all of theirs.",
    )

    @property
    def vectorizers(self) -> tuple[VectorizerConfig, ...]:
        return self.vectorizer if isinstance(self.vectorizer, tuple) else (self.vectorizer,)


class LogisticRegressionModel(_Model):
    model: Literal["logistic_regression"]
    params: LogisticRegressionParams = LogisticRegressionParams()


class LinearSvmModel(_Model):
    model: Literal["linear_svm"]
    params: LinearSvmParams = LinearSvmParams()


class MultinomialNbModel(_Model):
    model: Literal["multinomial_nb"]
    params: NaiveBayesParams = NaiveBayesParams()


class ComplementNbModel(_Model):
    model: Literal["complement_nb"]
    params: NaiveBayesParams = NaiveBayesParams()


class GaussianNbModel(_Model):
    model: Literal["gaussian_nb"]
    params: GaussianNbParams = GaussianNbParams()


class RandomForestModel(_Model):
    model: Literal["random_forest"]
    params: RandomForestParams = RandomForestParams()


class HistGradientBoostingModel(_Model):
    model: Literal["hist_gradient_boosting"]
    params: HistGradientBoostingParams = HistGradientBoostingParams()


class MlpModel(_Model):
    model: Literal["mlp"]
    params: MlpParams = MlpParams()


class XgboostModel(_Model):
    """Needs ``make setup EXTRAS=xgboost``."""

    model: Literal["xgboost"]
    params: XgboostParams = XgboostParams()


class LinearRegressionModel(_Model):
    model: Literal["linear_regression"]


class RidgeModel(_Model):
    model: Literal["ridge"]
    params: RidgeParams = RidgeParams()


class TransformerModel(_Single):
    """A pretrained transformer, fine-tuned; needs ``make setup EXTRAS=transformers``."""

    model: Literal["transformer"]
    params: TransformerParams


class LogisticRegressionFinal(Section):
    model: Literal["logistic_regression"]
    params: LogisticRegressionParams = LogisticRegressionParams()


class RidgeFinal(Section):
    model: Literal["ridge"]
    params: RidgeParams = RidgeParams()


FinalModel = LogisticRegressionFinal | RidgeFinal
SimpleModel = (
    LogisticRegressionModel
    | LinearSvmModel
    | MultinomialNbModel
    | ComplementNbModel
    | GaussianNbModel
    | RandomForestModel
    | HistGradientBoostingModel
    | MlpModel
    | XgboostModel
    | LinearRegressionModel
    | RidgeModel
)
AnyModel = SimpleModel | TransformerModel
