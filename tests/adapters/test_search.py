import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import steps.train_candidate as step
from adapters.search import require_clusters, search_journal
from core.config.candidates import Candidate
from core.config.job import JobConfig
from core.config.loading import parse_config
from core.data.dataset import Dataset
from core.errors import DataError, GatehouseError
from core.search import workers

FACTS = {"seed": 1, "metric": "accuracy", "task": "regression"}
ROWS = Dataset(pd.DataFrame(), ("a", "b"), "y", (), True, "one", (), ("number", "text"))
SPACE = {"params.alpha": {"low": 0.1, "high": 2}}


def job(**search: Any) -> JobConfig:
    candidate = {"name": "a", "model": "multinomial_nb", "search": {"space": SPACE} | search}
    values = {"name": "x", "data": {"source": {"kind": "embedded"}}, "candidates": [candidate]}
    return parse_config(values)


def candidate(**search: Any) -> Candidate:
    return job(**search).candidates[0]


def path(found: Candidate, rows: Dataset = ROWS, **facts: Any) -> Path:
    with search_journal(found, rows, FACTS | facts, step.__file__) as journal:
        return journal


def test_the_same_search_has_the_same_file() -> None:
    assert path(candidate()) == path(candidate())
    assert path(candidate()) == path(candidate(trials=99, minutes=1.5))


@pytest.mark.parametrize(
    "other",
    [
        lambda: path(candidate(), replace(ROWS, fingerprint="two")),
        lambda: path(candidate(), replace(ROWS, inputs=("b", "a"))),
        lambda: path(candidate(), replace(ROWS, kinds=("number", "category"))),
        lambda: path(candidate(), replace(ROWS, label="z")),
        lambda: path(candidate(), replace(ROWS, labels=("no", "yes"))),
        lambda: path(candidate(), task="tabular_classification"),
        lambda: path(candidate(), seed=2),
        lambda: path(candidate(), metric="auc"),
        lambda: path(candidate(folds=4)),
        lambda: path(candidate(space={"params.alpha": {"low": 0.2, "high": 2}})),
        lambda: path(candidate(prune=False)),
        lambda: path(candidate(jobs=2)),
    ],
)
def test_another_search_has_another_file(other: Any) -> None:
    assert other() != path(candidate())


def test_other_code_has_another_file(tmp_path: Path) -> None:
    code = tmp_path / "step.py"
    found = []
    for text in ("one = 1\n", "one = 2\n"):
        code.write_text(text)
        with search_journal(candidate(), ROWS, FACTS, str(code)) as journal:
            found.append(journal)
    assert found[0] != found[1]


def test_the_file_is_gone_once_all_is_done_and_stays_after_an_error() -> None:
    journal = path(candidate())
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text("a trial")
    stopped = search_journal(candidate(), ROWS, FACTS, step.__file__)
    with pytest.raises(KeyboardInterrupt), stopped:
        raise KeyboardInterrupt
    assert journal.exists()
    with search_journal(candidate(), ROWS, FACTS, step.__file__) as again:
        assert again.read_text() == "a trial"
    assert not journal.exists()


def left(name: str, days: float = 0) -> Path:
    journal = path(candidate()).with_name(name)
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text("a trial")
    then = time.time() - days * 24 * 3600
    os.utime(journal, (then, then))
    return journal


def test_nothing_is_kept_of_a_search_that_could_fit_nothing() -> None:
    journal = left(path(candidate()).name)
    fitting = search_journal(candidate(), ROWS, FACTS, step.__file__)
    with pytest.raises(DataError, match="no trial"), fitting:
        raise DataError("no trial could be fitted")
    assert not journal.exists()


def test_searches_that_nobody_goes_on_with_are_dropped() -> None:
    old, new = left("old.log", days=31), left("new.log", days=29)
    path(candidate())
    assert (old.exists(), new.exists()) == (False, True)
    new.unlink()


def test_clusters_are_asked_before_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
    require_clusters(job())
    with pytest.raises(GatehouseError, match="no scheduler answers at nonsense://x"):
        require_clusters(job(dask="nonsense://x"))
