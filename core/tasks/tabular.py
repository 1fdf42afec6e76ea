"""Tables: rows of numbers, categories, dates and texts; a class or a quantity to predict."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import DataConfig, PreprocessingConfig, SplitShares, ValidationConfig
from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset
from core.data.rows import served_rows
from core.data.table_checks import (
    table_batch_parameters,
    table_batch_view,
    table_parameters,
    table_view,
)
from core.data.tables import load_table, load_table_batch, split_table, table_frame, table_leaks
from core.drift.columns import drift_columns
from core.evaluation.evaluation import Evaluation, Explanation
from core.evaluation.explanation import explain_columns
from core.evaluation.families import REGRESSION
from core.evaluation.family import MetricFamily
from core.evaluation.measured import Summary
from core.evaluation.regression import evaluate_regression, summarise_quantity
from core.evaluation.slices import Slice, dataset_slices
from core.models.scorer.export import export_table
from core.models.scorer.spec import PickledModel
from core.models.table.build import build_table_estimator, fitted_features
from core.models.table.outputs import calibrate_interval, quantities
from core.models.table.probes import golden_rows, probe_rows
from core.tasks.base import Inputs, Stage, Task, measured
from core.tasks.classification import Classification


class _Table:
    """What both kinds of tables share; see :class:`core.tasks.base.Task`."""

    family: MetricFamily

    def load(self, config: DataConfig, seed: int) -> Dataset:
        return load_table(config, seed, has_classes=self.family.has_classes)

    def load_batch(self, path: str, config: DataConfig, model: str, like: Dataset) -> pd.DataFrame:
        return load_table_batch(path, config, model, like)

    def validation_view(self, dataset: Dataset) -> pd.DataFrame:
        return table_view(dataset)

    def validation_parameters(
        self, dataset: Dataset, config: ValidationConfig, stage: Stage
    ) -> dict[str, Any]:
        return table_parameters(dataset, config, stage)

    def batch_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        return table_batch_view(frame, like)

    def batch_parameters(self, config: ValidationConfig) -> dict[str, Any]:
        return table_batch_parameters(config)

    def split(
        self, dataset: Dataset, shares: SplitShares, seed: int, drop_duplicates: bool
    ) -> dict[str, Dataset]:
        return split_table(dataset, shares, seed, drop_duplicates)

    def leaks(self, splits: dict[str, Dataset]) -> list[tuple[str, int, str, int]]:
        return table_leaks(splits)

    def build(
        self, candidate: Candidate, preprocessing: PreprocessingConfig, train: Dataset, seed: int
    ) -> Pipeline:
        return build_table_estimator(candidate, preprocessing, train, seed)

    def inputs(self, dataset: Dataset) -> pd.DataFrame:
        return table_frame(dataset)

    def served_form(self, dataset: Dataset) -> list[Any]:
        return served_rows(dataset)

    def slices(self, dataset: Dataset) -> tuple[Slice, ...]:
        return dataset_slices(dataset)

    def export(self, estimator: Pipeline, train: Dataset) -> PickledModel:
        return export_table(estimator, train.labels, train.label)

    def probes(self, splits: Sequence[Dataset], rows: int, seed: int) -> list[Any]:
        served = [row for split in splits for row in served_rows(split)]
        kinds = dict(zip(splits[0].inputs, splits[0].kinds, strict=True))
        return probe_rows(served, kinds, rows, seed)

    def golden_inputs(self, estimator: Pipeline, seed: int) -> list[Any]:
        return golden_rows(fitted_features(estimator), seed)

    def explained(
        self: Task, estimator: Pipeline, test: Dataset, config: EvaluationConfig, seed: int
    ) -> Explanation:
        predict = partial(self.predict, estimator)
        return explain_columns(estimator, predict, test, self.family, config, seed)

    def drift_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        return drift_columns(frame, like)


class TabularClassification(Classification, _Table):
    """A class for each row."""


class Regression(_Table):
    """A quantity for each row."""

    family = REGRESSION

    def calibrate(self, estimator: Pipeline, validation: Dataset, coverage: float) -> Pipeline:
        return calibrate_interval(estimator, self.inputs(validation), validation.y, coverage)

    def predict(self, estimator: Pipeline, inputs: Inputs) -> np.ndarray:
        return quantities(estimator, inputs)

    def summarise(self, dataset: Dataset, outputs: np.ndarray) -> Summary:
        return summarise_quantity(dataset.y, outputs)

    def evaluate(
        self,
        estimator: Pipeline,
        validation: Dataset,
        test: Dataset,
        config: EvaluationConfig,
        seed: int,
    ) -> Evaluation:
        return evaluate_regression(
            measured(self, estimator, validation, test),
            interval=estimator.steps[-1][1].interval_,
            slices=self.slices(test),
            explained=self.explained(estimator, test, config, seed),
            seed=seed,
        )
