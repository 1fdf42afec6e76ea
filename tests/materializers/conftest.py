from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from zenml.artifact_stores.local_artifact_store import (
    LocalArtifactStore,
    LocalArtifactStoreConfig,
)
from zenml.enums import StackComponentType
from zenml.materializers.base_materializer import BaseMaterializer

from tests.serving import fitted

__all__ = ["fitted", "stored"]


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[type[BaseMaterializer], Any], BaseMaterializer]:
    """Saves a value in a local artifact store of the test's own; gives what loads it."""
    store = LocalArtifactStore(
        name="local",
        id=uuid4(),
        config=LocalArtifactStoreConfig(path=str(tmp_path)),
        flavor="local",
        type=StackComponentType.ARTIFACT_STORE,
        user=None,
        created=datetime.now(UTC),
        updated=datetime.now(UTC),
    )

    def save(kind: type[BaseMaterializer], value: Any) -> BaseMaterializer:
        uri = tmp_path / uuid4().hex
        uri.mkdir()
        materializer = kind(str(uri), artifact_store=store)
        materializer.save(value)
        return materializer

    return save
