"""The source ``hub``: data sets of the Hugging Face hub.

The hub libraries retry an unreachable host for about 20 s. So one short question comes first: the
commit of the revision. Its answer pins what is read; without it the local cache is used, or the
source is reported as unavailable.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from core.config.data import HubSource
from core.data.stream import Stream
from core.errors import ConfigError, DataError, SourceUnavailableError

if TYPE_CHECKING:
    from datasets import Dataset as HubDataset, DatasetBuilder

TIMEOUT_S = 3.0
_BATCH_ROWS = 10_000


class Commit(NamedTuple):
    """A commit of a data set, and where it can be had."""

    sha: str
    cached_only: bool


def resolve_commit(source: HubSource) -> Commit:
    """Finds the commit that a source means now; the newest cached one when offline.

    Takes at most ``TIMEOUT_S`` seconds without an answer.

    Raises:
        ConfigError: The hub has no such data set or revision.
        SourceUnavailableError: The hub doesn't answer and the data set is not in the cache.
    """
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return Commit(_within(TIMEOUT_S, lambda: _ask_for_commit(source)), cached_only=False)
    except GatedRepoError as error:
        raise ConfigError(
            f"data.source.path: {source.path!r} is gated: accept its terms on the hub, "
            "then log in with: hf auth login"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ConfigError(
            f"data.source.path: the hub has no data set {source.path!r}: check the spelling "
            "(OWNER/NAME), or log in with: hf auth login, if it is private"
        ) from error
    except RevisionNotFoundError as error:
        raise ConfigError(
            f"data.source.revision: {source.path} has no revision {source.revision!r}: "
            "give a commit, tag or branch, or null for the newest"
        ) from error
    except (httpx2.HTTPError, HfHubHTTPError, OSError) as error:
        return _newest_in_cache(source, error)


def open_hub(source: HubSource) -> Stream:
    """The rows of the source's splits, in the order of ``split``.

    Raises:
        ConfigError: There is no such data set, revision, subset or split.
        DataError: The data set can't be read.
        SourceUnavailableError: The hub can't be reached and the data set is not in the cache.
    """
    from datasets import ClassLabel

    data = _load(source, resolve_commit(source))

    def batches(columns: Sequence[str]) -> Iterator[pa.Table]:
        chosen = data.select_columns(list(columns)).with_format("arrow")
        return (table.select(list(columns)) for table in chosen.iter(_BATCH_ROWS))

    kinds = data.features.items()
    return Stream(
        names=tuple(data.column_names),
        where=f"data set {source.path}",
        key="data.source.path",
        batches=batches,
        classes={name: tuple(k.names) for name, k in kinds if isinstance(k, ClassLabel)},
    )


def _load(source: HubSource, commit: Commit) -> "HubDataset":
    import httpx2
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        if commit.cached_only:
            return _cache_builder(source).as_dataset(split=source.split)
        return load_dataset(source.path, source.subset, split=source.split, revision=commit.sha)
    except ValueError as error:
        raise ConfigError(
            f"data.source: can't read split {source.split!r} of subset {source.subset!r} of "
            f"{source.path}: {_one_line(error)}; mend data.source.split or data.source.subset"
        ) from error
    except LocalEntryNotFoundError as error:  # also a FileNotFoundError, but of the connection
        raise _unavailable(source, error) from error
    except (DatasetsError, FileNotFoundError) as error:
        raise DataError(
            f"data.source.path: can't read {source.path}: {_one_line(error)}"
        ) from error
    except RuntimeError as error:  # data sets made by a script
        raise DataError(
            f"data.source.path: can't read {source.path}: {_one_line(error)}; "
            "try --set data.source.revision=refs/convert/parquet"
        ) from error
    except (httpx2.HTTPError, HfHubHTTPError, OSError) as error:
        raise _unavailable(source, error) from error


def _ask_for_commit(source: HubSource) -> str:
    from datasets import config
    from huggingface_hub import HfApi

    api = HfApi(endpoint=config.HF_ENDPOINT)
    info = api.dataset_info(
        source.path, revision=source.revision, expand=["sha"], timeout=TIMEOUT_S
    )
    return str(info.sha)


def _within(seconds: float, call: Callable[[], str]) -> str:
    """Calls with a bound on the whole: a client's own time-out is per address and after DNS."""
    result: Future[str] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except Exception as error:  # noqa: BLE001 (raised again where it is awaited)
            result.set_exception(error)

    Thread(target=run, daemon=True).start()
    return result.result(timeout=seconds)


def _cache_builder(source: HubSource) -> "DatasetBuilder":
    from datasets.packaged_modules.cache.cache import Cache

    return Cache(
        dataset_name=source.path.split("/")[-1],
        repo_id=source.path,
        config_name=source.subset,
        version="auto",
        hash="auto",
    )


def _newest_in_cache(source: HubSource, problem: Exception) -> Commit:
    try:
        sha = str(_cache_builder(source).hash)
    except ValueError:
        raise _unavailable(source, problem) from problem
    if source.revision not in (None, sha):
        raise _unavailable(source, problem) from problem
    return Commit(sha, cached_only=True)


def _unavailable(source: HubSource, problem: Exception) -> SourceUnavailableError:
    return SourceUnavailableError(
        f"data.source.path: can't reach the hub for {source.path} ({_one_line(problem)}): use a "
        "file with --set data.source.kind=file --set data.source.path=FILE, or the embedded data "
        "with --config configs/quickstart.yaml"
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
