"""One throw-away home for everything that the tests' libraries write; rules for skipping."""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from tests.gatehouse import Trained

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

ROOT = Path(__file__).parent.parent
NEEDS_DATA = "needs real data: set DATA_DIR"
# Set in CI: whoever asks for all tests must not get fewer.
FORBID_SKIPS = "GATEHOUSE_FORBID_SKIPS"

# Set while pytest starts, before anything can import ZenML or BentoML.
_HOME = tempfile.TemporaryDirectory(prefix="gatehouse-tests-", ignore_cleanup_errors=True)
os.environ |= {
    "ZENML_CONFIG_PATH": f"{_HOME.name}/zenml",
    "ZENML_LOCAL_STORES_PATH": f"{_HOME.name}/stores",
    # The checkout may be a ZenML repository with a stack of its user's.
    "ZENML_REPOSITORY_PATH": f"{_HOME.name}/repository",
    "ZENML_CUSTOM_SOURCE_ROOT": str(ROOT),
    "BENTOML_HOME": f"{_HOME.name}/bentoml",
    "MPLBACKEND": "agg",
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_AUTO_OPEN_DASHBOARD": "false",
    "ZENML_ENABLE_RICH_TRACEBACK": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "BENTOML_DO_NOT_TRACK": "true",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
Path(os.environ["ZENML_REPOSITORY_PATH"]).mkdir()


def pytest_unconfigure() -> None:
    _HOME.cleanup()


def pytest_configure(config: pytest.Config) -> None:
    data_dir = os.environ.get("DATA_DIR")
    if data_dir and not Path(data_dir).is_dir():
        raise pytest.UsageError(f"DATA_DIR is no folder: {data_dir}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not os.environ.get("DATA_DIR"):
        pytest.skip(NEEDS_DATA)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _without_skips((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _without_skips((yield))


def _without_skips(report: Report) -> Report:
    expected_failure = hasattr(report, "wasxfail")
    if os.environ.get(FORBID_SKIPS) and report.skipped and not expected_failure:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason} ({FORBID_SKIPS} is set)"
    return report


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real data; for tests marked ``data``."""
    if "DATA_DIR" not in os.environ:
        pytest.skip(NEEDS_DATA)
    return Path(os.environ["DATA_DIR"])


@pytest.fixture(scope="session")
def stack() -> str:
    """The name of our local stack, registered and active in the tests' ZenML home."""
    import tests.databases  # noqa: F401
    from cli.environment import prepare_environment, prepare_stack

    prepare_environment()
    prepare_stack()
    return "gatehouse_local"


@pytest.fixture(scope="session")
def trained(stack: str, tmp_path_factory: pytest.TempPathFactory) -> "Trained":
    """A model in production, for tests that only read.

    Its seed is its own, so that no other model's run has filled the cache before.
    """
    from tests.gatehouse import SHARED_SEED, Trained, job, run_cli

    config = job(tmp_path_factory.mktemp("trained"), "shared", seed=SHARED_SEED)
    completed = run_cli("train", "--config", config, "--json")
    assert completed.code == 0, completed.err
    return Trained(config, completed)
