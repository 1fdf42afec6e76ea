"""A small text problem, and the candidate that is searched on it."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from core.config.candidates import Candidate
from core.config.data import DataConfig, EmbeddedSource, PreprocessingConfig, SplitShares
from core.data.dataset import Dataset
from core.search.search import search
from core.search.summary import SearchSummary
from core.tasks import get_task

TASK = get_task("text_classification")
SPACE = {
    "params.alpha": {"low": 0.01, "high": 10, "log": True},
    "vectorizer.ngram_range": {"choices": [[1, 1], [1, 2]]},
}


def searched(space: Any = SPACE, /, **changes: Any) -> Candidate:
    """A candidate with a search; ``changes`` are of its search, ``candidate`` of the rest."""
    own = {"name": "a", "model": "multinomial_nb"} | changes.pop("candidate", {})
    values = own | {"search": {"space": space, "trials": 8} | changes}
    found: Candidate = TypeAdapter(Candidate).validate_python(values)
    return found


def run(candidate: Candidate, train: Dataset, **options: Any) -> SearchSummary:
    given = {"metric": "accuracy", "seed": 3} | options
    return search(TASK, candidate, PreprocessingConfig(), train, **given)


def load(rows: int) -> Dataset:
    config = DataConfig(source=EmbeddedSource(kind="embedded", rows=rows))
    return TASK.split(TASK.load(config, 1), SplitShares(), 1, drop_duplicates=True)["train"]


@pytest.fixture(scope="package")
def train() -> Dataset:
    return load(240)
