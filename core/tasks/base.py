"""What a task type must answer, so that pipelines and steps never ask which task they run.

Three forms of the same rows:

- ``Inputs``: what an estimator is fitted on and asked, a list of texts or a frame of columns.
- The served form: what a service hands to a scorer, a list of texts or of plain rows
  (``core.features``). Every estimator takes it as well.
- ``outputs``: what an estimator says, float64 of shape (rows, outputs): the probability of each
  class, or one column with the predicted quantity.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import DataConfig, PreprocessingConfig, SplitShares, ValidationConfig
from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset
from core.evaluation.evaluation import Evaluation
from core.evaluation.family import MetricFamily
from core.evaluation.measured import Measured, Summary
from core.evaluation.slices import Slice
from core.models.scorer.spec import ServedModel

Stage = Literal["raw", "split", "batch"]
Inputs: TypeAlias = Sequence[str] | pd.DataFrame


class Task(Protocol):
    """One task type; ``y`` is the encoded target, shape (rows,): class ids or quantities."""

    family: MetricFamily
    """Its metrics, and how they are resampled."""

    def load(self, config: DataConfig, seed: int) -> Dataset:
        """Read the source, limited and seeded, with the source's own label values."""
        ...

    def load_batch(self, path: str, config: DataConfig, model: str, like: Dataset) -> pd.DataFrame:
        """Read the input columns of an unlabelled batch: a file, or a model's prediction log.

        ``like`` has the columns and kinds of the model's training rows.
        """
        ...

    def validation_view(self, dataset: Dataset) -> pd.DataFrame:
        """The columns that this task's suites speak of, one row per row of the dataset."""
        ...

    def validation_parameters(
        self, dataset: Dataset, config: ValidationConfig, stage: Stage
    ) -> dict[str, Any]:
        """Values for the parameters of this task's suites."""
        ...

    def batch_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        """The same columns for an unlabelled batch of columns such as those of ``like``."""
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
        self, candidate: Candidate, preprocessing: PreprocessingConfig, train: Dataset, seed: int
    ) -> Pipeline:
        """An unfitted estimator of ``train``'s columns whose first stage is the preprocessing."""
        ...

    def inputs(self, dataset: Dataset) -> Inputs:
        """What the estimator takes, one item per row."""
        ...

    def served_form(self, dataset: Dataset) -> list[Any]:
        """The same rows as a service gets them."""
        ...

    def calibrate(self, estimator: Pipeline, validation: Dataset, coverage: float) -> Pipeline:
        """What only rows that the fit has not seen can tell: intervals. Returns the estimator."""
        ...

    def predict(self, estimator: Pipeline, inputs: Inputs) -> np.ndarray:
        """The outputs, shape (rows, outputs)."""
        ...

    def summarise(self, dataset: Dataset, outputs: np.ndarray) -> Summary:
        """What is kept of every candidate on the validation split."""
        ...

    def evaluate(
        self,
        estimator: Pipeline,
        validation: Dataset,
        test: Dataset,
        config: EvaluationConfig,
        seed: int,
    ) -> Evaluation:
        """All that is measured on ``test``; ``validation`` is for what must be chosen before."""
        ...

    def slices(self, dataset: Dataset) -> tuple[Slice, ...]:
        """Parts of the rows to look at separately, besides the classes."""
        ...

    def export(self, estimator: Pipeline, train: Dataset) -> ServedModel:
        """What is served of a fitted estimator."""
        ...

    def probes(self, splits: Sequence[Dataset], rows: int, seed: int) -> list[Any]:
        """Real and hostile rows in the served form, to compare scorer and estimator on."""
        ...

    def golden_inputs(self, estimator: Pipeline, seed: int) -> list[Any]:
        """Made-up rows in the served form, drawn from what the model knows, of no training row."""
        ...

    def drift_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        """Columns that drift is measured on, from raw input columns such as those of ``like``.

        Numbers (float64, NaN where missing), or categories (text, none missing).
        """
        ...


def measured(task: Task, estimator: Pipeline, validation: Dataset, test: Dataset) -> Measured:
    """What an estimator says about both splits."""
    said = [task.predict(estimator, task.inputs(split)) for split in (test, validation)]
    return Measured(test.labels, test.y, said[0], validation.y, said[1])
