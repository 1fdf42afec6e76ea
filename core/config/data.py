"""The ``data``, ``validation`` and ``preprocessing`` sections."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from core.config.base import Ratio, Section
from core.config.rules import CLASS, LENGTH

RESERVED_SLICES = (CLASS, LENGTH)


class HubSource(Section):
    """A data set on the Hugging Face hub, read with ``datasets.load_dataset``."""

    kind: Literal["hub"]
    path: str = Field(description="Repository on the hub, such as fancyzhx/ag_news.", min_length=1)
    subset: str | None = Field(None, description="The data set's own configuration name.")
    split: str = Field("train", description="Splits to read, joined with '+'.", min_length=1)
    revision: str | None = Field(None, description="Commit, tag or branch; null = the newest.")


class FileSource(Section):
    """A CSV, TSV, JSON Lines or Parquet file."""

    kind: Literal["file"]
    path: str = Field(
        description="Path of the file, relative to the working directory.", min_length=1
    )
    format: Literal["csv", "tsv", "jsonl", "parquet"] | None = Field(
        None, description="null = from the file name's ending."
    )


class EmbeddedSource(Section):
    """Synthetic data that Gatehouse generates itself; needs no network."""

    kind: Literal["embedded"]
    generator: Literal["headlines"] = "headlines"
    rows: PositiveInt = Field(4000, description="Rows to generate.", le=1_000_000)
    seed: int = Field(7, description="Seed of the generator.", ge=0)


Source = Annotated[HubSource | FileSource | EmbeddedSource, Field(discriminator="kind")]


class SplitShares(Section):
    """Shares of the rows in each split; they sum to 1."""

    train: Ratio = 0.70
    validation: Ratio = 0.15
    test: Ratio = 0.15

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        shares = (self.train, self.validation, self.test)
        if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"shares must be above 0 and sum to 1, not to {sum(shares):g}")
        return self


class DataConfig(Section):
    """Where the rows come from and which columns matter."""

    source: Source
    text: str = Field("text", description="Column with the input text.", min_length=1)
    label: str = Field("label", description="Column with the class.", min_length=1)
    labels: tuple[str, ...] | None = Field(
        None,
        description="Class names in the order of their ids; null = as the source names them.",
        min_length=2,
    )
    slices: tuple[Annotated[str, Field(pattern="^[^=]+$")], ...] = Field(
        (),
        description="Columns kept beside the inputs only to look at metrics by their value; the 20 "
        "most frequent values each, the rest is 'other'. No model sees them.",
    )
    limit: PositiveInt | None = Field(
        None, description="Rows to keep (stratified, seeded); null = all.", ge=10
    )
    split: SplitShares = SplitShares()

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        if self.text == self.label:
            raise ValueError(f"text and label both name the column {self.text!r}")
        names = (self.text, self.label, *RESERVED_SLICES, *self.slices)
        if repeated := sorted({name for name in self.slices if names.count(name) > 1}):
            raise ValueError(
                f"slices must be distinct columns besides text and label, and not be named "
                f"{' or '.join(RESERVED_SLICES)}; mend {', '.join(repeated)}"
            )
        if self.labels and len(set(self.labels)) < len(self.labels):
            raise ValueError("labels must be distinct")
        return self


class ValidationConfig(Section):
    """What the data must look like, as parameters of a Great Expectations suite."""

    suite: str = Field(
        "text_classification",
        description="A file in expectations/suites, without .json.",
        pattern=r"^\w+$",
    )
    min_rows: PositiveInt = Field(200, description="Fewest rows of the raw data.")
    min_split_rows: PositiveInt = Field(20, description="Fewest rows of each split.")
    max_null_ratio: Ratio = Field(0.02, description="Largest share of missing texts or labels.")
    max_class_ratio: Annotated[float, Field(ge=1)] = Field(
        5.0, description="Rows of the largest class per row of the smallest."
    )
    min_characters: PositiveInt = Field(3, description="Shortest text.")
    max_characters: PositiveInt = Field(100_000, description="Longest text.")
    max_length_violations: Ratio = Field(0.01, description="Share of texts allowed outside these.")
    duplicates: Literal["report", "drop", "fail"] = Field(
        "drop", description="What to do with rows whose normalised text appeared before."
    )


class PreprocessingConfig(Section):
    """Text cleaning; the first stage of every fitted pipeline and of the served scorer."""

    lowercase: bool = True
    strip_html: bool = True
    strip_urls: bool = True
    strip_punctuation: bool = False
    strip_numbers: bool = False
    stopwords: bool = Field(False, description="Drop scikit-learn's English stop words.")
    lemmatize: bool = Field(False, description="English lemmas; needs `make setup EXTRAS=lemmas`.")
