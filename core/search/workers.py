"""Who scores trials: this thread, several processes, or a Dask cluster."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from core.config.candidates import Candidate
from core.config.search import SearchConfig
from core.errors import ConfigError, GatehouseError
from core.models.sharing import limit_to
from core.search.folds import Scoring

CONNECT_SECONDS = 10
IDLE_SECONDS = 60


@dataclass(frozen=True)
class Workers:
    """Who scores candidates.

    Attributes:
        submit: Gives the score of a candidate on a fold, by number, sooner or later.
        jobs: How many they score at once.
    """

    submit: "Callable[[Candidate, int], Future[float]]"
    jobs: int


@contextmanager
def workers(search: SearchConfig, scoring: Scoring) -> Iterator[Workers]:
    """Those that the config asks for.

    Raises:
        GatehouseError: the Dask cluster does not answer, or can't run this project; or somebody
            who scores was killed.
    """
    if search.dask is not None:
        with _on_cluster(search.dask, scoring, search) as found:
            yield found
    elif (jobs := count_jobs(search, cores())) == 1:
        yield Workers(partial(_at_once, scoring), jobs)
    else:
        with _processes(scoring, jobs) as executor:
            yield Workers(partial(executor.submit, _score_in_process), jobs)


def count_jobs(search: SearchConfig, most: int) -> int:
    """How many trials at once; ``most`` where the config asks for every core."""
    return most if search.jobs == -1 else search.jobs


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of a Dask cluster with workers that can run this project.

    Raises:
        ConfigError: Dask is not installed.
        GatehouseError: the cluster does not answer, has no workers, or they lack the project.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise ConfigError("search.dask needs Dask: make setup EXTRAS=dask") from error
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise GatehouseError(
            f"search.dask: no scheduler answers at {address}; start one with `dask scheduler`, or "
            "leave the key out"
        ) from error
    with client:
        _require_workers(client, address)
        yield client


@contextmanager
def _on_cluster(address: str, scoring: Scoring, search: SearchConfig) -> Iterator[Workers]:
    with connected(address) as client, client.get_executor(pure=False) as executor:
        jobs = count_jobs(search, sum(client.nthreads().values()))
        there = client.scatter(scoring, broadcast=True)
        killed: Any = import_module("distributed").KilledWorker
        with _deaths_told(killed, jobs):
            yield Workers(partial(executor.submit, _score, there), jobs)


@contextmanager
def _deaths_told(killed: type[Exception], jobs: int) -> Iterator[None]:
    """The system kills processes where memory runs out, and libraries say so in many lines."""
    try:
        yield
    except killed as error:
        raise GatehouseError(
            f"search.jobs: {jobs} at once, and one of the processes was killed, which is what "
            "happens where memory runs out; lower it or give more memory, and the same command "
            "goes on from there"
        ) from error


def _require_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise GatehouseError(
            f"search.dask: the scheduler at {address} has no workers; start one with "
            f"`dask worker {address}`"
        ) from error
    try:
        # By the name of a builtin: a function of ours could not be sent to who lacks the project.
        client.run_on_scheduler(exec, "import core.search.workers")
        client.run(exec, "import core.search.workers")
    except ImportError as error:
        raise GatehouseError(
            f"search.dask: the cluster at {address} can't import the project ({error}); start its "
            "scheduler and its workers in the project's environment, with the project's folder as "
            "PYTHONPATH"
        ) from error


def _at_once(scoring: Scoring, candidate: Candidate, fold: int) -> "Future[float]":
    future: Future[float] = Future()
    try:
        future.set_result(scoring.score(candidate, fold))
    except GatehouseError as error:
        future.set_exception(error)
    return future


@contextmanager
def _processes(scoring: Scoring, jobs: int) -> Iterator[Any]:
    # Not threads: most of a fit is Python and SciPy code that holds the interpreter's lock. Not
    # multiprocessing's processes: they would outlive a parent that is killed.
    loky: Any = import_module("joblib.externals.loky")
    executor = loky.ProcessPoolExecutor(
        jobs, timeout=IDLE_SECONDS, initializer=_begin, initargs=(scoring, 1 / jobs)
    )
    try:
        with _deaths_told(BrokenExecutor, jobs):
            yield executor
    finally:
        executor.shutdown(kill_workers=True)


_process_scoring: list[Scoring] = []


def _begin(scoring: Scoring, memory: float) -> None:
    limit_to(memory)
    _process_scoring.append(scoring)


def _score_in_process(candidate: Candidate, fold: int) -> float:
    return _process_scoring[-1].score(candidate, fold)


def _score(scoring: Scoring, candidate: Candidate, fold: int) -> float:
    return scoring.score(candidate, fold)
