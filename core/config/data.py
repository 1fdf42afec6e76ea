"""The ``data``, ``validation`` and ``preprocessing`` sections."""

from string import punctuation
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PositiveInt, model_validator

from core.config.base import Ratio, Section
from core.config.rules import CLASS, LENGTH
from core.features import Kind

RESERVED_SLICES = (CLASS, LENGTH)
_SEPARATORS = set("\t " + punctuation) - {'"'}


def _separates(mark: str) -> str:
    if mark not in _SEPARATORS:
        raise ValueError(f"must be a tab or an ASCII sign such as ';', and no quote, not {mark!r}")
    return mark


Separator = Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_separates)]


class HubSource(Section):
    """A data set on the Hugging Face hub, read with ``datasets.load_dataset``."""

    kind: Literal["hub"]
    path: str = Field(description="Repository on the hub, such as fancyzhx/ag_news.", min_length=1)
    subset: str | None = Field(None, description="The data set's own configuration name.")
    split: str = Field("train", description="Splits to read, joined with '+'.", min_length=1)
    revision: str | None = Field(None, description="Commit, tag or branch; null = the newest.")


class FileSource(Section):
    """A CSV, TSV, JSON Lines, Parquet or Excel file."""

    kind: Literal["file"]
    path: str = Field(
        description="Path of the file, relative to the working directory.", min_length=1
    )
    format: Literal["csv", "tsv", "jsonl", "parquet", "xlsx"] | None = Field(
        None, description="null = from the file name's ending."
    )
    separator: Separator | None = Field(
        None, description="Of a CSV file, such as ';'; null = a comma, in TSV a tab."
    )
    decimal: Literal[".", ","] = Field(".", description="Decimal mark of a CSV file.")
    sheet: str | None = Field(None, description="Of an Excel file; null = the first.")


class EmbeddedSource(Section):
    """Synthetic data that Gatehouse generates itself; needs no network."""

    kind: Literal["embedded"]
    generator: Literal["headlines"] = "headlines"
    rows: PositiveInt = Field(4000, description="Rows to generate.", le=1_000_000)
    seed: int = Field(7, description="Seed of the generator.", ge=0)


class SklearnSource(Section):
    """A small data set that comes with scikit-learn; ``california_housing`` is downloaded."""

    kind: Literal["sklearn"]
    name: Literal["breast_cancer", "wine", "iris", "diabetes", "california_housing"]


Source = Annotated[
    HubSource | FileSource | EmbeddedSource | SklearnSource, Field(discriminator="kind")
]


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
    text: str = Field(
        "text", description="Text tasks: the column with the input text.", min_length=1
    )
    columns: Annotated[dict[str, Kind], Field(min_length=1)] | None = Field(
        None,
        description="Table tasks: the input columns and their kinds; null = all others but `drop`, "
        "kinds inferred.",
    )
    drop: tuple[str, ...] = Field((), description="Table tasks: columns that no model may see.")
    label: str = Field(
        "label", description="Column with what to predict: a class or a number.", min_length=1
    )
    labels: tuple[str, ...] | None = Field(
        None,
        description="Class names in the order of their ids; null = as the source names them.",
        min_length=2,
    )
    slices: tuple[Annotated[str, Field(pattern="^[^=]+$")], ...] = Field(
        (),
        description="Columns to look at metrics by: the 20 most frequent values each, the rest is "
        "'other'; quarters of a number. Unless they are inputs too, no model sees them.",
    )
    limit: PositiveInt | None = Field(
        None, description="Rows to keep (stratified, seeded); null = all.", ge=10
    )
    split: SplitShares = SplitShares()

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        if self.label in (*(self.columns or ()), *self.drop):
            raise ValueError(f"columns and drop can't name the label {self.label!r}")
        if both := sorted(set(self.columns or ()) & set(self.drop)):
            raise ValueError(f"columns and drop both name {', '.join(both)}")
        names = (self.label, *RESERVED_SLICES, *self.slices)
        if repeated := sorted({name for name in self.slices if names.count(name) > 1}):
            raise ValueError(
                f"slices must be distinct columns besides the label, and not be named "
                f"{' or '.join(RESERVED_SLICES)}; mend {', '.join(repeated)}"
            )
        if self.labels and len(set(self.labels)) < len(self.labels):
            raise ValueError("labels must be distinct")
        return self


class ValidationConfig(Section):
    """What the data must look like, as parameters of a Great Expectations suite."""

    suite: str = Field(
        "text_classification",
        description="A file in expectations/suites, without .json; by default the task's own.",
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
    max_gap: Ratio = Field(
        0.95, description="Table tasks: largest share of missing values in an input column."
    )
    duplicates: Literal["report", "drop", "fail"] = Field(
        "drop", description="What to do with rows whose normalised text appeared before."
    )


class NumberConfig(Section):
    """Numbers of a table. Trees need none of it, and are not hurt by it."""

    impute: Literal["median", "mean", "zero"] = Field(
        "median", description="What stands for a missing number; a flag column says that it was."
    )
    scale: Literal["standard", "robust", "none"] = "standard"
    clip: Annotated[float, Field(ge=0, lt=0.5)] = Field(
        0.0, description="Quantile at both ends beyond which numbers are cut off; 0: none are."
    )


class CategoryConfig(Section):
    """Categories of a table, one column for each level."""

    min_rows: PositiveInt = Field(
        5, description="Training rows that a level needs; rarer ones are one level, with unknown."
    )
    max_levels: Annotated[int, Field(ge=2)] = Field(
        100, description="Most levels of a column; the rarer rest is one level."
    )


class DateConfig(Section):
    """Dates of a table, as numbers."""

    parts: tuple[Literal["days", "year", "month", "day", "weekday", "hour"], ...] = Field(
        ("days", "month", "weekday"), description="days: since 1970; the others as they read."
    )


class PreprocessingConfig(Section):
    """The first stage of every fitted pipeline, and so of what is served.

    The first keys clean texts, of a text task or of a table's text columns.
    """

    numbers: NumberConfig = NumberConfig()
    categories: CategoryConfig = CategoryConfig()
    dates: DateConfig = DateConfig()

    lowercase: bool = True
    strip_html: bool = True
    strip_urls: bool = True
    strip_punctuation: bool = False
    strip_numbers: bool = False
    stopwords: bool = Field(False, description="Drop scikit-learn's English stop words.")
    lemmatize: bool = Field(False, description="English lemmas; needs `make setup EXTRAS=lemmas`.")
