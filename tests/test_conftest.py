"""What conftest.py promises: isolated homes, and no silent skips where they are forbidden."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FORBID_SKIPS

TESTS = """
import pytest

def test_passes(): ...

@pytest.mark.data
def test_on_real_data(data_dir):
    assert data_dir.is_dir()

@pytest.mark.skip(reason="no time")
def test_skipped(): ...

@pytest.mark.xfail(reason="known", strict=True)
def test_fails_as_expected():
    assert False
"""
SKIPPED_MODULE = "import pytest\npytest.skip('no module', allow_module_level=True)\n"


def run_pytest(folder: Path, *options: str, **variables: str) -> str:
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_some.py").write_text(TESTS)
    (folder / "test_module.py").write_text(SKIPPED_MODULE)
    hidden = ("DATA_DIR", FORBID_SKIPS)
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "pytest", "-ra", "--continue-on-collection-errors", *options]
    return subprocess.run(
        command, cwd=folder, env=kept | variables, capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.integration
def test_skips_are_allowed_by_default(tmp_path: Path) -> None:
    out = run_pytest(tmp_path)
    assert "1 passed, 3 skipped, 1 xfailed" in out
    assert "needs real data: set DATA_DIR" in out


@pytest.mark.integration
def test_forbidden_skips_fail(tmp_path: Path) -> None:
    out = run_pytest(tmp_path, **{FORBID_SKIPS: "1"})
    for reason in ("needs real data", "no time", "no module"):
        assert reason in out
    assert "skipped" not in out.splitlines()[-1]
    assert "1 passed" in out
    assert "1 xfailed" in out


@pytest.mark.integration
def test_with_data_the_data_tests_run(tmp_path: Path) -> None:
    assert "2 passed" in run_pytest(tmp_path, "-k", "passes or real", DATA_DIR=str(tmp_path))


@pytest.mark.integration
def test_a_missing_data_folder_is_an_error(tmp_path: Path) -> None:
    assert "passed" not in run_pytest(tmp_path, DATA_DIR=str(tmp_path / "none"))


@pytest.mark.parametrize(
    "variable", ["ZENML_CONFIG_PATH", "ZENML_LOCAL_STORES_PATH", "BENTOML_HOME"]
)
def test_homes_are_isolated(variable: str) -> None:
    assert "gatehouse-tests-" in os.environ[variable]
