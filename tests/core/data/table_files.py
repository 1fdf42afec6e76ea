"""What the tests of tables share: files, and how they are loaded or refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config.data import DataConfig, SplitShares
from core.data.dataset import Dataset
from core.data.tables import load_table, split_table
from core.errors import DataError

SHARES = SplitShares()


def write(folder: Path, content: str | bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def config(path: Path, /, **changes: Any) -> DataConfig:
    source = {"kind": "file", "path": str(path), **changes.pop("source", {})}
    return DataConfig.model_validate({"source": source, **changes})


def load(path: Path, *, has_classes: bool = True, seed: int = 1, **changes: Any) -> Dataset:
    return load_table(config(path, **changes), seed, has_classes=has_classes)


def refuse(path: Path, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        split_table(load(path, **options), SHARES, 1, drop_duplicates=True)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(("data.", "class "))
    return message


def numbers(rows: int, **more: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {"a": rng.normal(size=rows), "label": ["x", "y"] * (rows // 2)}
    return pd.DataFrame(columns | more)


def frame_csv(folder: Path, frame: pd.DataFrame) -> Path:
    return write(folder, frame.to_csv(index=False))
