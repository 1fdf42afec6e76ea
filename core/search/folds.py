"""What trials are scored on: folds of the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset, take
from core.errors import DataError
from core.models.build import fit_estimator
from core.models.sharing import sharing
from core.tasks.base import Inputs, Task


@dataclass(frozen=True)
class Fold:
    """Rows to fit on, and the rows held out of the fit."""

    fit: Dataset
    held: Dataset
    task: Task

    @cached_property
    def fit_inputs(self) -> Inputs:
        """What an estimator is fitted on."""
        return self.task.inputs(self.fit)

    @cached_property
    def held_inputs(self) -> Inputs:
        """What it is asked."""
        return self.task.inputs(self.held)


@dataclass(frozen=True)
class Scoring:
    """All that scoring a candidate needs; goes to other processes and machines as a pickle."""

    task: Task
    preprocessing: PreprocessingConfig
    seed: int
    metric: str
    folds: tuple[Fold, ...]

    def score(self, candidate: Candidate, number: int) -> float:
        """The metric on one fold, of a candidate fitted on the others.

        Raises:
            DataError: the rows can't be fitted with these values.
        """
        fold = self.folds[number]
        try:
            with sharing():
                unfitted = self.task.build(candidate, self.preprocessing, fold.fit, self.seed)
                fitted = fit_estimator(unfitted, fold.fit_inputs, fold.fit.y)
                outputs = self.task.predict(fitted, fold.held_inputs)
            return self._measure(fold.held.y, outputs)
        except ValueError as error:  # how libraries refuse values, and answers that are not finite
            raise DataError(" ".join(str(error).split())) from error

    def _measure(self, y: np.ndarray, outputs: np.ndarray) -> float:
        family = self.task.family
        if self.metric in family.row_values:  # All the others would take longer than the fit.
            return float(family.row_values[self.metric](y, outputs).mean())
        return family.values(y, outputs)[self.metric]


def make_folds(task: Task, train: Dataset, count: int, seed: int) -> tuple[Fold, ...]:
    """Seeded folds with about the same share of each class.

    Raises:
        DataError: a class, or all of the data, has fewer rows than there are folds.
    """
    _require_rows(task, train, count)
    kind = StratifiedKFold if task.family.has_classes else KFold
    splitter = kind(count, shuffle=True, random_state=seed)
    parts: Sequence[tuple[np.ndarray, np.ndarray]] = list(splitter.split(train.y, train.y))
    return tuple(Fold(take(train, fit), take(train, held), task) for fit, held in parts)


def _require_rows(task: Task, train: Dataset, count: int) -> None:
    rows = np.unique(train.y, return_counts=True)[1] if task.family.has_classes else [len(train)]
    if min(rows) < count:
        of = "the smallest class" if task.family.has_classes else "the data"
        raise DataError(
            f"search.folds: {of} has {min(rows)} training rows for {count} folds; lower it or give "
            "more rows"
        )
