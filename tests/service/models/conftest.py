import pytest

from tests.serving import Fitted, bentoml_home, fit, fitted

__all__ = ["bentoml_home", "fitted"]


@pytest.fixture(scope="session")
def rival(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    """Another model with the same labels."""
    return fit(tmp_path_factory.mktemp("rival") / "scorer", seed=50)


@pytest.fixture(autouse=True)
def _own_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sets in the environment as the parent of a server ends with the test."""
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "")
