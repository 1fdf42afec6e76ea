"""What tests of tables share: a seeded table, and what is served of small models of it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import PreprocessingConfig
from core.data.dataset import Dataset
from core.models.golden import Golden, make_golden
from core.models.scorer.estimator import EstimatorScorer, pickle_estimator
from core.models.scorer.spec import PickledModel
from core.models.table.build import build_table_estimator, fitted_features
from core.models.table.outputs import calibrate_interval
from core.models.table.probes import golden_rows
from core.models.text import CleaningOptions

KINDS: dict[str, Any] = {
    "größe": "number",
    "age": "number",
    "city": "category",
    "note": "text",
    "seen": "date",
}
LABELS = ("stays", "leaves")
NUMBER, CLASS = "price", "status"
TRAIN_ROWS = 300


@dataclass(frozen=True)
class FittedTable:
    """An estimator of plain rows and what is served of it.

    Attributes:
        estimator: Fitted on the first ``TRAIN_ROWS`` rows.
        model: What is served.
        golden: Its answers to made-up rows.
        rows: Plain rows that it was not fitted on.
    """

    estimator: Pipeline
    model: PickledModel
    golden: Golden
    rows: list[dict[str, Any]]

    @property
    def outputs(self) -> np.ndarray:
        """The estimator's answers to ``rows``."""
        return outputs_of(self.estimator, self.rows)


def table(seed: int = 1) -> pd.DataFrame:
    """400 rows; ``age`` has gaps, ``city`` a rare level, ``city`` and ``größe`` decide most."""
    rng = np.random.default_rng(seed)
    rows = TRAIN_ROWS + 100
    frame = pd.DataFrame(
        {
            "größe": rng.normal(170, 10, rows).round(1),
            "age": rng.integers(18, 90, rows).astype(float),
            "city": rng.choice(["Rome", "Oslo", "Łódź"], rows),
            "note": rng.choice(["came back often", "never came", "asked a lot"], rows),
            "seen": [f"2026-{month:02}-15T00:00:00" for month in rng.integers(1, 13, rows)],
        }
    )
    frame.loc[rng.choice(rows, 40, replace=False), "age"] = np.nan
    frame.loc[:1, "city"] = "Ulm"
    score = (frame["größe"] - 170) / 10 + (frame["city"] == "Rome") + rng.normal(0, 0.3, rows)
    frame[NUMBER] = 1000 * score
    frame[CLASS] = (score > 0.3).astype(int)
    return frame


@cache
def fit_table(model: str, seed: int = 1, without: tuple[str, ...] = ()) -> FittedTable:
    """Fit a model by its name in a config, on all columns but ``without``."""
    frame, is_class = table(seed), model not in ("ridge", "linear_regression")
    target = CLASS if is_class else NUMBER
    kinds = {name: kind for name, kind in KINDS.items() if name not in without}
    data = Dataset(
        frame[[*kinds, target]],
        tuple(kinds),
        target,
        LABELS if is_class else (),
        True,
        "fingerprint",
        kinds=tuple(kinds.values()),
    )
    candidate = TypeAdapter(Candidate).validate_python({"name": "c", "model": model})
    inputs = frame[list(kinds)]
    estimator = build_table_estimator(candidate, PreprocessingConfig(), data, seed=0)
    estimator.fit(inputs[:TRAIN_ROWS], data.y[:TRAIN_ROWS])
    if not is_class:
        calibrate_interval(estimator, inputs[TRAIN_ROWS:], data.y[TRAIN_ROWS:], 0.9)
    rows = [
        {name: None if value != value else value for name, value in row.items()}
        for row in inputs[TRAIN_ROWS:].to_dict("records")
    ]
    served = pickle_estimator(
        estimator,
        data.labels,
        CleaningOptions(),
        fitted_features(estimator),
        target,
        None if is_class else estimator.steps[-1][1].interval_,
    )
    asked = golden_rows(served.features, seed)
    golden = make_golden(outputs_of(estimator, asked), EstimatorScorer(served), asked)
    return FittedTable(estimator, served, golden, rows)


def outputs_of(estimator: Pipeline, rows: list[dict[str, Any]]) -> np.ndarray:
    """The estimator's answers, shape (rows, outputs)."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows))
    return np.asarray(estimator.predict(rows))[:, np.newaxis]
