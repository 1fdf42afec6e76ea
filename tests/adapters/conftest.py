from typing import TYPE_CHECKING

import pytest

from tests.serving import bentoml_home, fitted

if TYPE_CHECKING:
    from tests.adapters.changes import Source

__all__ = ["bentoml_home", "fitted"]


@pytest.fixture(scope="session")
def source(stack: str, tmp_path_factory: pytest.TempPathFactory) -> "Source":
    """A training run whose candidate may be released under any name."""
    from core.config.loading import load_config
    from tests.adapters.changes import Source
    from tests.gatehouse import job, train

    # Rows of its own: it must not fill the cache of models that tests expect to be trained.
    data = {"source": {"kind": "embedded", "rows": 500}}
    config = job(tmp_path_factory.mktemp("source"), "source", data=data)
    return Source(train(config)["run_id"], load_config(config))
