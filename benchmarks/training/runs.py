"""A config's parts without a pipeline: data, splits, candidates, the selected one."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click
from sklearn.pipeline import Pipeline

from benchmarks.measure import ROOT
from core.config.candidates import Candidate
from core.config.job import JobConfig
from core.config.loading import load_config
from core.data.dataset import Dataset
from core.evaluation.selection import select
from core.search.summary import SearchSummary
from core.tasks import Task, get_task
from core.tasks.training import CandidateResult, fit_candidate

NEWS = "ag_news/ag_news_10k.parquet"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Spent:
    """Seconds that something took in this process."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Job:
    """A config with its rows."""

    config: JobConfig
    task: Task
    splits: dict[str, Dataset]

    def fit(
        self, candidate: Candidate, found: SearchSummary | None = None
    ) -> tuple[Pipeline, CandidateResult]:
        """As the training step does."""
        config = self.config
        return fit_candidate(
            self.task,
            candidate,
            config.preprocessing,
            self.splits["train"],
            self.splits["validation"],
            config.evaluation.coverage,
            config.seed,
            found,
        )

    def fit_all(self) -> dict[str, tuple[Pipeline, CandidateResult]]:
        """Every candidate by its name."""
        return {candidate.name: self.fit(candidate) for candidate in self.config.candidates}

    def selected(self, fitted: dict[str, tuple[Pipeline, CandidateResult]]) -> str:
        """Which one a run would evaluate."""
        metrics = [(name, result.metrics) for name, (_, result) in fitted.items()]
        return select(metrics, self.config.selection.metric)

    def on_test(self, estimator: Pipeline) -> dict[str, float]:
        """Metrics on the test split."""
        test = self.splits["test"]
        outputs = self.task.predict(estimator, self.task.inputs(test))
        return self.task.family.values(test.y, outputs)


def load_job(config: str, **overrides: str) -> Job:
    """A config of ``configs``, its data from elsewhere, split as in a run."""
    changes = tuple(f"{key}={value}" for key, value in overrides.items())
    job = load_config(ROOT / "configs" / f"{config}.yaml", changes)
    task = get_task(job.task)
    dataset = task.load(job.data, job.seed)
    drop = job.validation.duplicates == "drop"
    return Job(job, task, task.split(dataset, job.data.split, job.seed, drop))


def from_file(name: str) -> dict[str, str]:
    """The overrides that read a file of ``DATA_DIR``."""
    folder = os.environ.get("DATA_DIR")
    if not folder:
        raise click.UsageError("set DATA_DIR to the folder of the real data")
    return {"data.source.kind": "file", "data.source.path": str(Path(folder, name))}


def timed(work: Callable[[], Result]) -> tuple[Result, Spent]:
    """What it gives and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Spent(time.perf_counter() - wall, time.process_time() - cpu)
