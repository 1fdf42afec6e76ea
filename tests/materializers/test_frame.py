from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from materializers.frame import FrameMaterializer


def test_a_frame_comes_back(stored: Any) -> None:
    frame = pd.DataFrame({"text": ["a", None, "ü"], "n": [1, 2, 3]}, index=[4, 7, 9])
    materializer = stored(FrameMaterializer, frame)
    pd.testing.assert_frame_equal(materializer.load(pd.DataFrame), frame)
    assert materializer.extract_metadata(frame) == {"rows": 3, "columns": ["text", "n"]}
    file = pq.ParquetFile(f"{materializer.uri}/rows.parquet")
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_zenml_keeps_its_own_for_frames() -> None:
    from zenml.materializers.materializer_registry import materializer_registry

    assert materializer_registry[pd.DataFrame] is not FrameMaterializer
