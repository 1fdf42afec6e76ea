"""What tasks share that predict one of several classes."""

from typing import Protocol

import numpy as np
from sklearn.pipeline import Pipeline

from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset
from core.evaluation.classification import evaluate_classifier, summarise_classes
from core.evaluation.evaluation import Evaluation, Explanation
from core.evaluation.families import CLASSIFICATION
from core.evaluation.family import MetricFamily
from core.evaluation.measured import Summary
from core.models.table.outputs import class_probabilities
from core.tasks.base import Inputs, Task, measured


class Explaining(Task, Protocol):
    """A task that says what its estimators look at."""

    def explained(
        self, estimator: Pipeline, test: Dataset, config: EvaluationConfig, seed: int
    ) -> Explanation:
        """What counts, by words or columns."""
        ...


class Classification:
    """See :class:`core.tasks.base.Task`; a subclass is one."""

    family: MetricFamily = CLASSIFICATION

    def calibrate(self, estimator: Pipeline, validation: Dataset, coverage: float) -> Pipeline:
        return estimator

    def predict(self, estimator: Pipeline, inputs: Inputs) -> np.ndarray:
        return class_probabilities(estimator, inputs)

    def summarise(self, dataset: Dataset, outputs: np.ndarray) -> Summary:
        return summarise_classes(dataset.labels, dataset.y, outputs)

    def evaluate(
        self: "Explaining",
        estimator: Pipeline,
        validation: Dataset,
        test: Dataset,
        config: EvaluationConfig,
        seed: int,
    ) -> Evaluation:
        return evaluate_classifier(
            measured(self, estimator, validation, test),
            slices=self.slices(test),
            explained=self.explained(estimator, test, config, seed),
            config=config,
            seed=seed,
        )
