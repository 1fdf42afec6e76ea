"""The folder the workers of a server share."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.release import Bundle
from core.serving import Traffic
from service import runtime
from service.runtime import Runtime, WorkerReport, current_folder
from tests.service.models.releases import record

BUNDLE = Bundle(releases=(record("1"),))


@pytest.fixture
def state(bentoml_home: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    monkeypatch.setenv(runtime.VARIABLE, "")
    return Runtime(runtime.create(BUNDLE))


def test_the_folder_is_private_and_found_by_the_environment(state: Runtime) -> None:
    folder = Path(os.environ[runtime.VARIABLE])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Runtime(current_folder()).state() == state.state()


@pytest.mark.integration
def test_the_folder_goes_with_its_process(bentoml_home: Path) -> None:
    code = (
        "from core.release import Bundle; from service import runtime; import os, sys\n"
        "folder = runtime.create(Bundle.model_validate_json(sys.argv[1]))\n"
        "if not os.fork(): sys.exit()\n"
        "os.wait(); assert folder.exists(); print(folder)"
    )
    arguments = [sys.executable, "-c", code, BUNDLE.model_dump_json()]
    folder = Path(
        subprocess.run(arguments, capture_output=True, check=True).stdout.decode().strip()
    )
    assert folder.name.startswith("gatehouse-")
    assert not folder.exists()


def test_no_change_is_lost(state: Runtime) -> None:
    folder = Path(os.environ[runtime.VARIABLE])

    def change(number: int) -> tuple[int, int]:
        mine = Runtime(folder)
        return mine.set_traffic(f"m{number % 4}", Traffic(percent=number)), mine.ask_reload()

    with ThreadPoolExecutor(8) as pool:
        generations, reloads = zip(*pool.map(change, range(40)), strict=True)
    assert sorted(generations) == sorted(reloads) == list(range(1, 41))
    assert set(state.state().traffic) == {"m0", "m1", "m2", "m3"}


def test_the_accepted_release_is_the_last_one(state: Runtime) -> None:
    for version in ("2", "3"):
        state.accept(record(version))
    assert state.state().accepted == {"news": record("3")}


@pytest.mark.integration
def test_only_the_living_are_workers(state: Runtime) -> None:
    life = state.join(os.getpid())
    report = WorkerReport(pid=os.getpid(), generation=3, reloads=0, models={})
    state.report(report)
    code = (
        "from service.runtime import Runtime, current_folder; import sys\n"
        "life = Runtime(current_folder()).join(1); print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert [worker.pid for worker in state.workers()] == [1, os.getpid()]
        other.kill()
    # Process 1 lives, but it is not the worker.
    assert state.workers() == [report]
    life.close()
    assert state.workers() == []
