"""A search that is killed keeps what it finished and tries again what was running."""

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from core.data.dataset import Dataset
from tests.core.search.conftest import load, run, searched
from tests.core.search.test_search import values

pytestmark = pytest.mark.integration

TRIALS = 12


def endless(journal: Path) -> None:
    """Searches, and never gets past its eighth trial."""
    import core.search.study

    tell = core.search.study.Study.ask

    def ask(self: core.search.study.Study) -> object:
        trial = tell(self)
        if self.over == 7:
            time.sleep(600)
        return trial

    core.search.study.Study.ask = ask  # type: ignore[method-assign,assignment]
    run(searched(trials=TRIALS), load(240), journal=journal)


@pytest.mark.parametrize("method", ["forkserver"])
def test_kill_9_loses_only_what_was_running(train: Dataset, tmp_path: Path, method: str) -> None:
    journal = tmp_path / "search.log"
    process = get_context(method).Process(target=endless, args=(journal,))
    process.start()
    try:
        _wait_until_the_eighth_trial_runs(journal, process)
    finally:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    assert process.exitcode == -signal.SIGKILL
    found = run(searched(trials=TRIALS), train, journal=journal)
    assert found.kept == 7
    assert values(found) == values(run(searched(trials=TRIALS), train))
    assert journal.read_bytes().count(b'"op_code":4,') == TRIALS + 1


def _wait_until_the_eighth_trial_runs(journal: Path, process: object) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        # CREATE_TRIAL of Optuna's journal.
        if journal.exists() and journal.read_bytes().count(b'"op_code":4,') == 8:
            time.sleep(0.2)
            return
        time.sleep(0.02)
    raise AssertionError(f"the search did not get there: {process}")
