"""Where unfinished searches are kept, and whether the clusters of a job answer."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from zenml.config.global_config import GlobalConfiguration

from adapters.caching import libraries, source_closure
from core.config.candidates import Candidate
from core.config.job import JobConfig
from core.data.dataset import Dataset
from core.errors import DataError
from core.search.workers import connected

FOLDER = "searches"
KEPT_DAYS = 30
# They say how long to search and where, not what comes of a trial.
BUDGET = {"trials", "minutes", "dask"}


@contextmanager
def search_journal(
    candidate: Candidate, train: Dataset, facts: dict[str, Any], code: str
) -> Iterator[Path]:
    """The file of a candidate's search, in ZenML's local store; gone once all inside is done.

    After a kill or an error the same candidate on the same data goes on from it, but not after a
    DataError, which would come again. Files that nobody went on from for ``KEPT_DAYS`` go first.

    Args:
        candidate: As the config has it.
        train: The rows that it is searched on.
        facts: All else that scores depend on, as JSON values.
        code: The file that searches; its source and what it imports belong to the key.
    """
    own = candidate.model_dump(mode="json", exclude={"search": BUDGET})
    sources = [file.read_bytes() for file in source_closure(Path(code))]
    rows = [train.fingerprint, train.inputs, train.kinds, train.label, train.labels]
    said = json.dumps([own, rows, facts, libraries()], sort_keys=True).encode()
    key = hashlib.sha256(b"".join([said, *sources])).hexdigest()[:32]
    path = Path(GlobalConfiguration().local_stores_path, FOLDER, f"{key}.log")
    _drop_abandoned(path.parent)
    try:
        yield path
    except DataError:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)


def _drop_abandoned(folder: Path) -> None:
    oldest = time.time() - timedelta(days=KEPT_DAYS).total_seconds()
    for file in folder.glob("*.log"):
        if file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)


def require_clusters(job: JobConfig) -> None:
    """Check that the Dask clusters that a job's searches name can run them.

    Raises:
        ConfigError: Dask is not installed.
        GatehouseError: a cluster does not answer, has no workers, or they lack the project.
    """
    searches = [item.search for item in job.candidates if item.search is not None]
    for address in dict.fromkeys(search.dask for search in searches if search.dask is not None):
        with connected(address):
            pass
