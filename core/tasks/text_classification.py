"""Text classification: one text column, two or more classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from core.config.candidates import Candidate
from core.config.data import (
    DataConfig,
    PreprocessingConfig,
    SplitShares,
    ValidationConfig,
)
from core.config.evaluation import EvaluationConfig
from core.data.dataset import Dataset, take
from core.data.labels import class_ratio, encode_labels, valid_label_values
from core.data.loading import load_dataset, load_texts
from core.data.normalise import duplicate_rows, leaked_rows, normalise_text
from core.data.splits import stratified_split
from core.drift.statistics import text_statistics
from core.evaluation.evaluation import Explanation
from core.evaluation.explanation import explain_texts
from core.evaluation.slices import Slice, dataset_slices, text_length_slices
from core.models.build import build_estimator
from core.models.golden import golden_texts
from core.models.parity import probe_texts
from core.models.scorer.export import export_model, vocabulary
from core.models.scorer.spec import ServedModel
from core.tasks.base import Stage
from core.tasks.classification import Classification


class TextClassification(Classification):
    """See :class:`core.tasks.base.Task`."""

    def load(self, config: DataConfig, seed: int) -> Dataset:
        return load_dataset(config, seed)

    def load_batch(self, path: str, config: DataConfig, model: str, like: Dataset) -> pd.DataFrame:
        # The batch may call its texts by another name than the training rows did.
        return load_texts(path, config, model).rename(columns={config.text: like.inputs[0]})

    def validation_view(self, dataset: Dataset) -> pd.DataFrame:
        view = _text_view(dataset.frame[dataset.inputs[0]])
        view["label"] = dataset.frame[dataset.label]
        view["class_ratio"] = class_ratio(dataset)
        return view

    def batch_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        return _text_view(frame[like.inputs[0]])

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
        self, candidate: Candidate, preprocessing: PreprocessingConfig, train: Dataset, seed: int
    ) -> Pipeline:
        return build_estimator(candidate, preprocessing, seed)

    def inputs(self, dataset: Dataset) -> list[str]:
        return dataset.texts

    def served_form(self, dataset: Dataset) -> list[str]:
        return dataset.texts

    def explained(
        self, estimator: Pipeline, test: Dataset, config: EvaluationConfig, seed: int
    ) -> Explanation:
        return explain_texts(estimator, test, config, seed)

    def slices(self, dataset: Dataset) -> tuple[Slice, ...]:
        return (*text_length_slices(dataset.texts), *dataset_slices(dataset))

    def export(self, estimator: Pipeline, train: Dataset) -> ServedModel:
        return export_model(estimator, train.labels)

    def probes(self, splits: Sequence[Dataset], rows: int, seed: int) -> list[str]:
        return probe_texts([text for split in splits for text in split.texts], rows, seed)

    def golden_inputs(self, estimator: Pipeline, seed: int) -> list[str]:
        return golden_texts(vocabulary(estimator), seed)

    def drift_view(self, frame: pd.DataFrame, like: Dataset) -> pd.DataFrame:
        return text_statistics(list(frame[like.inputs[0]]))


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
