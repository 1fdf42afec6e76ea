"""A table of rows with the roles of its columns."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.data.fingerprint import fingerprint


@dataclass(frozen=True)
class Dataset:
    """Rows of one task.

    Attributes:
        frame: One row per example, columns ``inputs``, ``label``, ``slices``; the index is the
            row's number in the source, from 0.
        inputs: Names of the input columns.
        label: Name of the label column.
        labels: Class names; class ``i`` is ``labels[i]``.
        encoded: Whether the label column holds class ids (int64) instead of the source's values.
        fingerprint: SHA-256 of the content, see :mod:`core.data.fingerprint`.
        slices: Names of columns to look at metrics by, as text; no model takes them.
    """

    frame: pd.DataFrame
    inputs: tuple[str, ...]
    label: str
    labels: tuple[str, ...]
    encoded: bool
    fingerprint: str
    slices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def texts(self) -> list[str]:
        """The first input column as a list of strings."""
        return list(self.frame[self.inputs[0]])

    @property
    def y(self) -> np.ndarray:
        """Class ids, shape (rows,), int64; only of an encoded dataset."""
        if not self.encoded:
            raise ValueError("the labels of this dataset are not encoded yet")
        ids: np.ndarray = self.frame[self.label].to_numpy(dtype=np.int64)
        return ids


def take(dataset: Dataset, rows: np.ndarray) -> Dataset:
    """The dataset of these row positions, int64, with a fingerprint of its own."""
    frame = dataset.frame.iloc[rows]
    return replace(dataset, frame=frame, fingerprint=fingerprint(frame))


def sample_rows(dataset: Dataset, rows: int, seed: int) -> Dataset:
    """A seeded sample without replacement, in the dataset's order; all rows if there are fewer."""
    chosen = np.random.default_rng(seed).permutation(len(dataset))[:rows]
    return take(dataset, np.sort(chosen))
