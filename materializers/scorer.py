"""Exported scorers as their own two files."""

import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType
from zenml.utils import io_utils

from core.models.scorer.spec import ScorerSpec
from core.models.scorer.storage import load_scorer, save_scorer, scorer_digest


class ScorerMaterializer(BaseMaterializer):
    """Stores ``scorer.json`` and ``arrays.npz``; the content hash is the scorer's digest."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (ScorerSpec,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def load(self, data_type: type[Any]) -> ScorerSpec:
        with tempfile.TemporaryDirectory() as folder:
            io_utils.copy_dir(os.path.join(self.uri, "scorer"), folder, overwrite=True)
            return load_scorer(Path(folder)).spec

    def save(self, data: ScorerSpec) -> None:
        with tempfile.TemporaryDirectory() as folder:
            save_scorer(data, Path(folder))
            io_utils.copy_dir(folder, os.path.join(self.uri, "scorer"))

    def extract_metadata(self, data: ScorerSpec) -> dict[str, MetadataType]:
        return {"sha256": _digest(data), "labels": list(data.labels)}

    def compute_content_hash(self, data: ScorerSpec) -> str | None:
        return _digest(data)


def _digest(spec: ScorerSpec) -> str:
    with tempfile.TemporaryDirectory() as folder:
        save_scorer(spec, Path(folder))
        return scorer_digest(Path(folder))
