"""Datasets as zstd Parquet with a small schema beside it."""

import hashlib
import json
import os
from typing import Any, ClassVar

import pandas as pd
from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

from core.data.dataset import Dataset


class DatasetMaterializer(BaseMaterializer):
    """Stores rows as Parquet; the content hash is the dataset's fingerprint."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Dataset,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def load(self, data_type: type[Any]) -> Dataset:
        with self.artifact_store.open(os.path.join(self.uri, "schema.json"), "r") as file:
            schema = json.load(file)
        with self.artifact_store.open(os.path.join(self.uri, "rows.parquet"), "rb") as file:
            frame = pd.read_parquet(file)
        for name in {"inputs", "labels", "slices", "kinds", "nullable"} & schema.keys():
            schema[name] = tuple(schema[name])
        return Dataset(frame=frame, **schema)

    def save(self, data: Dataset) -> None:
        with self.artifact_store.open(os.path.join(self.uri, "rows.parquet"), "wb") as file:
            data.frame.to_parquet(file, compression="zstd")
        schema = {
            "inputs": data.inputs,
            "label": data.label,
            "labels": data.labels,
            "encoded": data.encoded,
            "fingerprint": data.fingerprint,
            "slices": data.slices,
            "kinds": data.kinds,
            "nullable": data.nullable,
            "formats": dict(data.formats),
        }
        with self.artifact_store.open(os.path.join(self.uri, "schema.json"), "w") as file:
            json.dump(schema, file)

    def extract_metadata(self, data: Dataset) -> dict[str, MetadataType]:
        return {"rows": len(data), "fingerprint": data.fingerprint, "labels": list(data.labels)}

    def compute_content_hash(self, data: Dataset) -> str | None:
        # Equal rows with other names for their classes, or other kinds, are another dataset.
        meaning = [data.labels, data.encoded, data.kinds, data.nullable, dict(data.formats)]
        identity = json.dumps([data.fingerprint, *meaning])
        return hashlib.sha256(identity.encode()).hexdigest()
