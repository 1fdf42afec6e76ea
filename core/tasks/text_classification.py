"""Text classification: one text column, two or more classes."""

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import (
    DataConfig,
    FileSource,
    PreprocessingConfig,
    SplitShares,
    ValidationConfig,
)
from core.data.columns import plain_table
from core.data.dataset import Dataset, take
from core.data.files import read_file
from core.data.labels import encode_labels, valid_label_values
from core.data.loading import load_dataset
from core.data.normalise import duplicate_rows, leaked_rows, normalise_text
from core.data.prediction_log import read_logged_texts
from core.data.splits import stratified_split
from core.drift.statistics import text_statistics
from core.evaluation.evaluation import Evaluation, evaluate_classifier
from core.evaluation.metrics import classification_metrics
from core.evaluation.slices import Slice, column_slices, text_length_slices
from core.models.build import build_estimator
from core.models.scorer.export import export_model
from core.models.scorer.spec import ScorerSpec
from core.models.terms import top_terms
from core.tasks.base import Stage


class TextClassification:
    """See :class:`core.tasks.base.Task`."""

    def load(self, config: DataConfig, seed: int) -> Dataset:
        return load_dataset(config, seed)

    def load_batch(self, path: str, config: DataConfig, model: str) -> pd.DataFrame:
        if Path(path).is_dir():
            texts = read_logged_texts(Path(path), model)
            return plain_table(pa.table({config.text: texts})).to_pandas()
        source = FileSource(kind="file", path=path)
        table = read_file(source, text_column=config.text, columns=(config.text,), key="--batch")
        return table.to_pandas()

    def validation_view(self, dataset: Dataset) -> pd.DataFrame:
        labels = dataset.frame[dataset.label]
        view = _text_view(dataset.frame[dataset.inputs[0]])
        # Values outside the set are the label check's business.
        known = labels.where(labels.isin(valid_label_values(dataset)))
        counts = known.map(known.value_counts())
        view["label"] = labels
        view["class_ratio"] = (counts.max() / counts).astype(float)
        return view

    def batch_view(self, frame: pd.DataFrame, config: DataConfig) -> pd.DataFrame:
        return _text_view(frame[config.text])

    def validation_parameters(
        self, dataset: Dataset, config: ValidationConfig, stage: Stage
    ) -> dict[str, Any]:
        labels = (
            list(range(len(dataset.labels))) if dataset.encoded else valid_label_values(dataset)
        )
        return {
            **self.batch_parameters(config),
            "min_rows": config.min_rows if stage == "raw" else config.min_split_rows,
            "min_present_ratio": 1 - config.max_null_ratio if stage == "raw" else 1.0,
            "labels": labels,
            "classes": len(dataset.labels),
            "max_class_ratio": config.max_class_ratio,
        }

    def batch_parameters(self, config: ValidationConfig) -> dict[str, Any]:
        return {
            "min_rows": 1,
            "min_present_ratio": 1 - config.max_null_ratio,
            "min_characters": config.min_characters,
            "max_characters": config.max_characters,
            "min_length_ratio": 1 - config.max_length_violations,
        }

    def split(
        self, dataset: Dataset, shares: SplitShares, seed: int, drop_duplicates: bool
    ) -> dict[str, Dataset]:
        needed = dataset.frame[[*dataset.inputs, dataset.label]]
        present = needed.notna().all(axis=1).to_numpy()
        kept = take(dataset, np.flatnonzero(present))
        if drop_duplicates:
            kept = take(kept, np.flatnonzero(~duplicate_rows(kept.texts)))
        encoded = encode_labels(kept)
        rows = stratified_split(encoded.y, shares, seed, encoded.labels)
        return {name: take(encoded, indices) for name, indices in rows.items()}

    def leaks(self, splits: dict[str, Dataset]) -> list[tuple[str, int, str, int]]:
        found = leaked_rows({name: split.texts for name, split in splits.items()})
        return [
            (a, int(splits[a].frame.index[i]), b, int(splits[b].frame.index[j]))
            for a, i, b, j in found
        ]

    def build(
        self, candidate: Candidate, preprocessing: PreprocessingConfig, seed: int
    ) -> Pipeline:
        return build_estimator(candidate, preprocessing, seed)

    def inputs(self, dataset: Dataset) -> list[str]:
        return dataset.texts

    def metrics(self, y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
        return classification_metrics(y, prediction)

    def evaluate(self, estimator: Pipeline, dataset: Dataset, seed: int) -> Evaluation:
        texts = dataset.texts
        exported = export_model(estimator, dataset.labels)
        return evaluate_classifier(
            labels=dataset.labels,
            y=dataset.y,
            proba=estimator.predict_proba(texts),
            slices=self.slices(dataset),
            top_terms=top_terms(exported) if isinstance(exported, ScorerSpec) else {},
            seed=seed,
        )

    def slices(self, dataset: Dataset) -> tuple[Slice, ...]:
        columns = (column_slices(name, dataset.frame[name].tolist()) for name in dataset.slices)
        return (*text_length_slices(dataset.texts), *chain.from_iterable(columns))

    def drift_view(self, frame: pd.DataFrame, inputs: tuple[str, ...]) -> pd.DataFrame:
        return text_statistics(list(frame[inputs[0]]))


def _text_view(texts: pd.Series) -> pd.DataFrame:
    """Missing texts stay missing in every column, so that only the null check speaks of them."""
    return pd.DataFrame(
        {
            "text": texts,
            "characters": texts.str.len().astype("Float64"),
            "normalised_text": texts.map(normalise_text, na_action="ignore"),
        },
        index=texts.index,
    )
