"""Served models as their own two files."""

import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType
from zenml.utils import io_utils

from core.errors import GatehouseError
from core.models.scorer.spec import PickledModel, ScorerSpec, ServedModel
from core.models.scorer.storage import load_model, save_scorer, scorer_digest


class ScorerMaterializer(BaseMaterializer):
    """Stores the files that are served; the content hash is their digest. Opens no pickle."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (ScorerSpec, PickledModel)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def load(self, data_type: type[Any]) -> ServedModel:
        with tempfile.TemporaryDirectory() as folder:
            io_utils.copy_dir(os.path.join(self.uri, "scorer"), folder, overwrite=True)
            if self.expected_content_hash not in (None, scorer_digest(Path(folder))):
                raise GatehouseError(
                    f"the files in {self.uri} are not those that the run stored; run it again"
                )
            return load_model(Path(folder))

    def save(self, data: ServedModel) -> None:
        with tempfile.TemporaryDirectory() as folder:
            save_scorer(data, Path(folder))
            io_utils.copy_dir(folder, os.path.join(self.uri, "scorer"))

    def extract_metadata(self, data: ServedModel) -> dict[str, MetadataType]:
        return {"sha256": _digest(data), "labels": list(data.labels)}

    def compute_content_hash(self, data: ServedModel) -> str | None:
        return _digest(data)


def _digest(model: ServedModel) -> str:
    with tempfile.TemporaryDirectory() as folder:
        save_scorer(model, Path(folder))
        return scorer_digest(Path(folder))
