"""Fitted scikit-learn pipelines as pickles, identified by the SHA-256 of their bytes."""

import hashlib
import os
import pickle
from typing import Any, ClassVar

from sklearn.pipeline import Pipeline
from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

FILENAME = "model.pkl"


def dump(estimator: Pipeline) -> bytes:
    """The bytes of ``model.pkl``: the same for the same fit."""
    # Not joblib: it pickles in pure Python, ten times as slow for large vocabularies.
    return pickle.dumps(estimator, protocol=5)


class EstimatorMaterializer(BaseMaterializer):
    """Stores ``model.pkl``, with its SHA-256 and size as metadata."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Pipeline,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    _dumped: tuple[Pipeline, bytes] | None = None

    def load(self, data_type: type[Any]) -> Pipeline:
        with self.artifact_store.open(os.path.join(self.uri, FILENAME), "rb") as file:
            return pickle.load(file)  # noqa: S301 - our own artifact store

    def save(self, data: Pipeline) -> None:
        with self.artifact_store.open(os.path.join(self.uri, FILENAME), "wb") as file:
            file.write(self._dump(data))

    def extract_metadata(self, data: Pipeline) -> dict[str, MetadataType]:
        content = self._dump(data)
        return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

    def compute_content_hash(self, data: Pipeline) -> str | None:
        return hashlib.sha256(self._dump(data)).hexdigest()

    def _dump(self, estimator: Pipeline) -> bytes:
        # ZenML asks for the file, the metadata and the hash of one object in turn.
        if self._dumped is None or self._dumped[0] is not estimator:
            self._dumped = (estimator, dump(estimator))
        return self._dumped[1]
