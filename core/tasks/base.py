"""What a task type must answer, so that pipelines and steps never ask which task they run."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import DataConfig, PreprocessingConfig, SplitShares, ValidationConfig
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.evaluation.slices import Slice

Stage = Literal["raw", "split", "batch"]


class Task(Protocol):
    """One task type; ``X`` is a sequence of inputs, ``y`` the encoded target, shape (rows,)."""

    def load(self, config: DataConfig, seed: int) -> Dataset:
        """Read the source, limited and seeded, with the source's own label values."""
        ...

    def load_batch(self, path: str, config: DataConfig, model: str) -> pd.DataFrame:
        """Read the input columns of an unlabelled batch: a file, or a model's prediction log."""
        ...

    def validation_view(self, dataset: Dataset) -> pd.DataFrame:
        """The columns that this task's suites speak of, one row per row of the dataset."""
        ...

    def validation_parameters(
        self, dataset: Dataset, config: ValidationConfig, stage: Stage
    ) -> dict[str, Any]:
        """Values for the parameters of this task's suites."""
        ...

    def batch_view(self, frame: pd.DataFrame, config: DataConfig) -> pd.DataFrame:
        """The same columns for an unlabelled batch."""
        ...

    def batch_parameters(self, config: ValidationConfig) -> dict[str, Any]:
        """Values for the parameters that checks of a batch use."""
        ...

    def split(
        self, dataset: Dataset, shares: SplitShares, seed: int, drop_duplicates: bool
    ) -> dict[str, Dataset]:
        """Encoded train, validation and test sets."""
        ...

    def leaks(self, splits: dict[str, Dataset]) -> list[tuple[str, int, str, int]]:
        """Rows that stand in two splits: (split, row, other split, row)."""
        ...

    def build(
        self, candidate: Candidate, preprocessing: PreprocessingConfig, seed: int
    ) -> Pipeline:
        """An unfitted estimator whose first stage is the preprocessing."""
        ...

    def inputs(self, dataset: Dataset) -> Sequence[Any]:
        """What the estimator takes, one item per row."""
        ...

    def metrics(self, y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
        """Named metrics of predictions; see ``core.evaluation.metrics`` for their direction."""
        ...

    def evaluate(self, estimator: Pipeline, dataset: Dataset, seed: int) -> Evaluation:
        """Metrics with intervals, tables and slices on a held-out set."""
        ...

    def slices(self, dataset: Dataset) -> tuple[Slice, ...]:
        """Parts of the rows to look at separately, besides the classes."""
        ...

    def drift_view(self, frame: pd.DataFrame, inputs: tuple[str, ...]) -> pd.DataFrame:
        """Numeric columns, computed from raw input columns, that drift is measured on."""
        ...
