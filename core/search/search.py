"""The search itself: trials asked of Optuna, scored fold by fold, pruned between folds."""

import math
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.config.search import SearchConfig, own_values, with_values
from core.data.dataset import Dataset
from core.errors import DataError
from core.evaluation.metrics import GREATER_IS_BETTER
from core.search import space
from core.search.folds import Scoring, make_folds
from core.search.journal import opened
from core.search.progress import SearchProgress, tell
from core.search.study import Study
from core.search.summary import SearchSummary
from core.search.workers import Workers, workers
from core.tasks.base import Task

if TYPE_CHECKING:
    from optuna import Trial


def search(
    task: Task,
    candidate: Candidate,
    preprocessing: PreprocessingConfig,
    train: Dataset,
    metric: str,
    seed: int,
    journal: Path | None = None,
) -> SearchSummary:
    """Find the best values of a candidate's space by cross-validation within ``train``.

    With one job and no limit of time, the same arguments give the same values, also when the
    search was killed and went on in another process.

    Args:
        task: Builds, predicts and measures.
        candidate: With a ``search``.
        preprocessing: First stage of every estimator.
        train: The only rows that it sees.
        metric: What trials are scored by.
        seed: Of the folds, the estimators and the sampler.
        journal: File to go on from, and to write down each trial in; None: nothing is kept.

    Raises:
        DataError: there are fewer rows than folds, or no trial could be fitted.
        GatehouseError: the Dask cluster does not answer, or another process is at this search.
    """
    config = candidate.search
    if config is None:
        raise ValueError(f"candidate {candidate.name} has no search")
    folds = make_folds(task, train, config.folds, seed)
    scoring = Scoring(task, preprocessing, seed, metric, folds)
    with opened(journal) as storage, workers(config, scoring) as scorers:
        study = Study(storage, config, seed, GREATER_IS_BETTER[metric])
        own = own_values(candidate, config.space)
        study.begin(own)
        _Search(study, candidate, config, metric, scorers).run()
        return _summary(study, config, metric, scorers.jobs, own)


@dataclass
class _Running:
    """A trial that is being scored."""

    trial: "Trial"
    candidate: Candidate
    scores: list[float] = field(default_factory=list)


class _Search:
    """Keeps the workers busy until the budget is spent."""

    def __init__(
        self,
        study: Study,
        candidate: Candidate,
        config: SearchConfig,
        metric: str,
        scorers: Workers,
    ) -> None:
        self._study = study
        self._candidate = candidate
        self._config = config
        self._metric = metric
        self._scorers = scorers
        self._running: dict[Future[float], _Running] = {}
        self._end = math.inf
        if config.minutes is not None:
            spent = study.seconds / scorers.jobs
            self._end = time.monotonic() + config.minutes * 60 - spent

    def run(self) -> None:
        """Score trials until there are enough, or the time is up."""
        self._tell()
        while True:
            while len(self._running) < self._scorers.jobs and self._may_begin():
                self._begin()
            if not self._running:
                return
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                self._advance(self._running.pop(future), future)

    def _may_begin(self) -> bool:
        begun = self._study.over + len(self._running)
        is_first = begun == 0
        return begun < self._config.trials and (is_first or time.monotonic() < self._end)

    def _begin(self) -> None:
        trial = self._study.ask()
        found = space.values(trial.params, self._config.space)
        try:
            candidate = with_values(self._candidate, found)
        except ValidationError as error:
            self._refuse(trial, error.errors()[0]["msg"].removeprefix("Value error, "))
        else:
            self._submit(_Running(trial, candidate))

    def _submit(self, running: _Running) -> None:
        future = self._scorers.submit(running.candidate, len(running.scores))
        self._running[future] = running

    def _advance(self, running: _Running, future: "Future[float]") -> None:
        """Take a fold's score in, then go on with the next one, or end the trial."""
        try:
            score = future.result()
        except DataError as error:
            self._refuse(running.trial, str(error))
            return
        if not math.isfinite(score):
            self._refuse(running.trial, f"{self._metric} is {score}")
            return
        running.scores.append(score)
        mean = math.fsum(running.scores) / len(running.scores)
        if len(running.scores) == self._config.folds:
            self._study.complete(running.trial, running.scores, mean)
        elif self._study.prunes(running.trial, running.scores, mean):
            self._study.prune(running.trial)
        else:
            self._submit(running)
            return
        self._tell()

    def _refuse(self, trial: "Trial", problem: str) -> None:
        self._study.prune(trial, problem)
        self._tell()

    def _tell(self) -> None:
        records = self._study.records()
        best = self._study.best()
        tell(
            SearchProgress(
                done=len(records),
                trials=self._config.trials,
                pruned=sum(record.state == "pruned" for record in records),
                metric=self._metric,
                best=best.score if best else None,
            )
        )


def _summary(
    study: Study, config: SearchConfig, metric: str, jobs: int, own: Mapping[str, Any]
) -> SearchSummary:
    records = study.records()
    best = study.best()
    if best is None or best.score is None:
        raise DataError(f"search: no trial could be fitted; the first one: {records[0].problem}")
    return SearchSummary(
        metric=metric,
        folds=config.folds,
        best=best.values,
        score=best.score,
        # With several jobs, a kill may have left them for later than the first trial.
        own_score=next((record.score for record in records if record.values == own), None),
        kept=study.kept,
        seconds=study.seconds,
        importances=study.importances(),
        is_repeatable=jobs == 1 and len(records) == config.trials,
        history=records,
    )
