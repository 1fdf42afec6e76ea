"""Data frames as zstd Parquet; ZenML's own materializer writes gzip, which is far slower."""

import os
from typing import Any, ClassVar

import pandas as pd
from zenml.enums import ArtifactType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType


class FrameMaterializer(BaseMaterializer):
    """Stores ``rows.parquet``."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (pd.DataFrame,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    # Chosen by the steps that want it, so that it does not replace ZenML's default for all.
    SKIP_REGISTRATION: ClassVar[bool] = True

    def load(self, data_type: type[Any]) -> pd.DataFrame:
        with self.artifact_store.open(os.path.join(self.uri, "rows.parquet"), "rb") as file:
            return pd.read_parquet(file)

    def save(self, data: pd.DataFrame) -> None:
        with self.artifact_store.open(os.path.join(self.uri, "rows.parquet"), "wb") as file:
            data.to_parquet(file, compression="zstd")

    def extract_metadata(self, data: pd.DataFrame) -> dict[str, MetadataType]:
        return {"rows": len(data), "columns": list(map(str, data.columns))}
