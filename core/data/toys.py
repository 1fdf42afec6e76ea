"""The source ``sklearn``: the small data sets of scikit-learn."""

from importlib import import_module
from typing import Any

import pyarrow as pa

from core.config.data import SklearnSource
from core.data.stream import Stream
from core.errors import SourceUnavailableError


def open_toy(source: SklearnSource) -> Stream:
    """The rows of a data set.

    What to predict is its column ``target``; of the Californian houses ``MedHouseVal``.

    Raises:
        SourceUnavailableError: The houses are not in scikit-learn's folder of data and can't be
            downloaded.
    """
    bunch = _fetch_houses() if source.name == "california_housing" else _load(source.name)
    target = bunch.frame.columns[-1]
    table = pa.Table.from_pandas(bunch.frame, preserve_index=False)
    names = getattr(bunch, "target_names", ())
    has_classes = len(names) > 1
    return Stream(
        names=tuple(table.column_names),
        where=f"scikit-learn's {source.name}",
        key="data.source.name",
        batches=lambda columns: iter((table.select(list(columns)),)),
        classes={target: tuple(map(str, names))} if has_classes else {},
    )


def _load(name: str) -> Any:
    return getattr(import_module("sklearn.datasets"), f"load_{name}")(as_frame=True)


def _fetch_houses() -> Any:
    from sklearn.datasets import fetch_california_housing

    try:
        return fetch_california_housing(as_frame=True, n_retries=1)
    except OSError as error:
        raise SourceUnavailableError(
            f"data.source.name: can't download california_housing ({' '.join(str(error).split())}):"
            " use a file with --set data.source.kind=file --set data.source.path=FILE"
        ) from error
