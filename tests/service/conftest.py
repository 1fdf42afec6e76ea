from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.release import Bundle, Release
from tests.service.models.releases import publish
from tests.service.worker import working
from tests.serving import SETTINGS, Fitted, bentoml_home, fitted, own_bentoml_home

__all__ = ["bentoml_home", "fitted"]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test sets as the parent of a server ends with the test; logs go to its folder."""
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "")
    monkeypatch.setenv("GATEHOUSE_LOG_FOLDER", str(tmp_path / "log"))


@pytest.fixture(scope="module")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    home = tmp_path_factory.mktemp("bentoml") / "home"
    with own_bentoml_home(home), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEHOUSE_RUNTIME", "")
        patch.setenv("GATEHOUSE_LOG_FOLDER", str(home / "log"))
        yield


@pytest.fixture(scope="module")
def release(_own_home: None, fitted: Fitted) -> Release:
    """A model in the store."""
    return publish(fitted, "3")


@pytest.fixture(scope="module")
def client(release: Release) -> Iterator[TestClient]:
    """Of a worker that serves this model."""
    with working(Bundle(releases=(release,), serving=SETTINGS)) as client:
        yield client
