"""Small tables of every kind of column, their plain rows, and what is fitted on them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.models.build import fit_estimator
from core.models.table.build import build_table_estimator, table_options
from core.models.table.encoder import TableEncoder
from core.models.vectorizers import TfidfVectorizer

# Names that nothing may take for its own.
KINDS: dict[str, Any] = {
    "größe": "number",
    "class": "category",
    "seen at": "date",
    "fit": "number",
    "<b>": "text",
}
WITHOUT_TEXT = {name: kind for name, kind in KINDS.items() if kind != "text"}
WORDS = ["good", "bad", "fine", "late", "early", "broken", "quick", "slow"]


def columns(rows: int = 120, seed: int = 3) -> dict[str, list[Any]]:
    """Values by column, None where one is missing; ``größe`` and ``class`` decide the targets."""
    rng = np.random.default_rng(seed)
    values: dict[str, list[Any]] = {
        "größe": rng.normal(10, 3, rows).tolist(),
        "class": rng.choice(["a", "b", "None"], rows).tolist(),
        "seen at": [f"2026-0{1 + day % 9}-1{day % 8}T0{day % 7}:30:00" for day in range(rows)],
        "fit": rng.integers(0, 5, rows).astype(float).tolist(),
        "<b>": [" ".join(rng.choice(WORDS, 4)) for _ in range(rows)],
    }
    for name in ("class", "seen at", "fit", "<b>"):
        for row in rng.choice(rows, rows // 8, replace=False):
            values[name][row] = None
    return values


def frame(values: Mapping[str, Sequence[Any]], kinds: Mapping[str, Any]) -> pd.DataFrame:
    """The columns as a data set has them."""
    dtypes = {"number": np.float64}
    made = {n: pd.Series(values[n], dtype=dtypes.get(kind, "str")) for n, kind in kinds.items()}
    return pd.DataFrame(made)


def plain_rows(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """The columns as a service has them."""
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def encoder(
    kinds: Mapping[str, str], preprocessing: Mapping[str, Any] | None = None, dense: bool = False
) -> TableEncoder:
    """Unfitted, of a config's preprocessing."""
    options = table_options(PreprocessingConfig(**preprocessing or {}))
    return TableEncoder(tuple(kinds.items()), options, TfidfVectorizer(lowercase=False), dense)


def dataset(
    values: Mapping[str, Sequence[Any]], kinds: Mapping[str, Any], y: np.ndarray
) -> Dataset:
    """Encoded: ``y`` holds class ids or quantities."""
    labels = tuple(f"label {label}" for label in np.unique(y)) if y.dtype.kind == "i" else ()
    content = frame(values, kinds).assign(target=y)
    return Dataset(
        frame=content,
        inputs=tuple(kinds),
        label="target",
        labels=labels,
        encoded=True,
        fingerprint="",
        kinds=tuple(kinds.values()),
    )


def target(values: Mapping[str, Sequence[Any]], classes: int = 0) -> np.ndarray:
    """What ``größe`` and ``class`` tell: a quantity in thousands, or one of some classes."""
    score = np.array(values["größe"]) + np.array([3.0 * (v == "a") for v in values["class"]])
    if not classes:
        return 1000 * score
    return np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)).astype(np.int64)


def build(
    candidate: Mapping[str, Any], data: Dataset, preprocessing: Mapping[str, Any] | None = None
) -> Pipeline:
    """Unfitted, of a candidate of a config."""
    config = TypeAdapter(Candidate).validate_python({"name": "c", **candidate}, strict=False)
    return build_table_estimator(config, PreprocessingConfig(**preprocessing or {}), data, seed=5)


def fit(
    candidate: Mapping[str, Any], data: Dataset, preprocessing: Mapping[str, Any] | None = None
) -> Pipeline:
    """Fitted on all rows."""
    inputs = data.frame[list(data.inputs)]
    return fit_estimator(build(candidate, data, preprocessing), inputs, data.y)
