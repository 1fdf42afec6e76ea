"""Makes a released model again, from its recorded config and data; changes nothing."""

import hashlib
import json
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

from adapters.digests import model_file
from adapters.ledger import read_ledger
from adapters.versions import CONFIG, ReleasedVersion, released_version
from core.config.candidates import Candidate
from core.config.job import JobConfig
from core.config.loading import config_hash, values_hash
from core.data.dataset import Dataset
from core.data.fingerprint import fingerprint
from core.errors import GatehouseError
from core.governance.ledger import Entry
from core.governance.lineage import git_commit, library_versions
from core.governance.reproduction import Making, Predictions, Reproduction, judge
from core.governance.rollback import release_entry
from core.search.summary import SearchSummary
from core.tasks import Task, get_task
from core.tasks.training import fit_candidate
from materializers.estimator import dump

Progress = Callable[[str], AbstractContextManager[object]]


def reproduce(name: str, number: str, progress: Progress) -> Reproduction:
    """Fit a version's candidate again and compare it with the record.

    Data and code paths are those of the training run: the recorded rows (or, when they are lost,
    the config's source), the task's split, build and fit, and the bytes that are stored.

    Args:
        name: The model's name.
        number: Its version.
        progress: Entered with a title around each part of the work.

    Raises:
        GatehouseError: there is no such version, its config is not the one that was released, or
            config or data can't be read or used.
        LedgerError: the ledger does not say of what it was made.
    """
    with progress("read the record"):
        version = _version(name, number)
        recorded = _recorded(version, release_entry(read_ledger(name), version.number))
        config = _config(version, recorded.config_hash)
    task = get_task(config.task)
    with progress("load the data"):
        dataset, notes = _data(version, config, task)
        drop = config.validation.duplicates == "drop"
        splits = task.split(dataset, config.data.split, config.seed, drop)
    candidate = next(item for item in config.candidates if item.name == version.facts["candidate"])
    with progress(f"fit {candidate.name}"):
        fitted, _ = fit_candidate(
            task,
            candidate,
            config.preprocessing,
            splits["train"],
            splits["validation"],
            config.evaluation.coverage,
            config.seed,
            _searched(version, candidate),
        )
        found = Making(
            model_sha256=hashlib.sha256(dump(fitted)).hexdigest(),
            data_fingerprint=fingerprint(dataset.frame),
            config_hash=config_hash(config),
            git_commit=git_commit(Path(__file__).parent),
            libraries=library_versions(),
        )
    with progress("compare"):
        predictions = _compare(version, recorded.model_sha256, fitted, task, splits["test"])
    return judge(recorded, found, predictions, notes)


def _version(name: str, number: str) -> ReleasedVersion:
    version = released_version(name, number)
    if version is None:
        raise GatehouseError(f"{name} has no version {number}; see all: run.py status")
    if CONFIG not in version.facts:
        raise GatehouseError(
            f"{name} version {number}: its config was not recorded, so it can't be made again"
        )
    return version


def _recorded(version: ReleasedVersion, entry: Entry) -> Making:
    """What decides is the ledger's; ZenML's record, which can be changed, tells circumstances."""
    return Making(
        model_sha256=str(entry.model_sha256),
        data_fingerprint=str(entry.data_fingerprint),
        config_hash=str(entry.config_hash),
        git_commit=version.facts.get("git_commit"),
        libraries=version.facts["libraries"],
    )


def _config(version: ReleasedVersion, recorded: str) -> JobConfig:
    name, found = version.release.name, values_hash(json.loads(str(version.facts[CONFIG])))
    if found != recorded:
        raise GatehouseError(
            f"{name} version {version.number}: its config was altered: SHA-256 is {found}, the "
            f"ledger says {recorded}; look: run.py ledger verify {name}"
        )
    return version.config()


def _data(
    version: ReleasedVersion, config: JobConfig, task: Task
) -> tuple[Dataset, tuple[str, ...]]:
    try:
        return version.load("dataset"), ()
    except GatehouseError as error:
        dataset = task.load(config.data, config.seed)
        return dataset, (f"data: {error}; read again from source {config.data.source.kind}",)


def _searched(version: ReleasedVersion, candidate: Candidate) -> SearchSummary | None:
    """What the search found then: it may depend on the clock, the model's bytes do not."""
    if candidate.search is None:
        return None
    search: SearchSummary | None = version.load("case").selected.search
    return search


def _compare(
    version: ReleasedVersion, sha256: str, fitted: Pipeline, task: Task, test: Dataset
) -> Predictions:
    inputs, rows = task.inputs(test), len(test)
    try:
        then = task.predict(_load_recorded(version, sha256), inputs)
    except (OSError, ImportError, AttributeError, ValueError, pickle.PickleError) as error:
        problem = f"the recorded model can't be loaded ({error})"
        return Predictions(rows=rows, problem=problem)
    now = task.predict(fitted, inputs)
    if then.shape != now.shape:
        problem = f"{then.shape[1]} classes at the release, {now.shape[1]} now"
        return Predictions(rows=rows, problem=problem)
    return Predictions(
        rows=rows,
        max_difference=float(np.abs(then - now).max()),
        other_labels=int((then.argmax(axis=1) != now.argmax(axis=1)).sum()),
    )


def _load_recorded(version: ReleasedVersion, sha256: str) -> Pipeline:
    content = model_file(version.found)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError("its file is not the one that was released")
    return pickle.loads(content)  # noqa: S301 - its SHA-256 is the ledger's
