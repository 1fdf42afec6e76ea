"""A table of rows with the roles of its columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from core.data.fingerprint import fingerprint
from core.features import Kind


@dataclass(frozen=True)
class Dataset:
    """Rows of one task.

    Attributes:
        frame: One row per example, columns ``inputs``, ``label``, ``slices``; the index is the
            row's number in the source, from 0.
        inputs: Names of the input columns.
        label: Name of the label column.
        labels: Class names; class ``i`` is ``labels[i]``. Empty where a quantity is predicted.
        encoded: Whether the label column holds class ids (int64) or quantities (float64) instead
            of the source's values.
        fingerprint: SHA-256 of the content, see :mod:`core.data.fingerprint`.
        slices: Names of columns to look at metrics by; a table's may be inputs too.
        kinds: Of a table's inputs, in their order; empty for texts.
        nullable: The inputs of a table that lack a value in some row of the source.
        formats: Of a table's dates by column, see ``core.data.dates.date_format``.
    """

    frame: pd.DataFrame
    inputs: tuple[str, ...]
    label: str
    labels: tuple[str, ...]
    encoded: bool
    fingerprint: str
    slices: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    nullable: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def texts(self) -> list[str]:
        """The first input column as a list of strings."""
        return list(self.frame[self.inputs[0]])

    @property
    def y(self) -> np.ndarray:
        """Class ids (int64) or quantities (float64), shape (rows,); only of an encoded dataset."""
        if not self.encoded:
            raise ValueError("the labels of this dataset are not encoded yet")
        y: np.ndarray = self.frame[self.label].to_numpy(np.int64 if self.labels else np.float64)
        return y


def take(dataset: Dataset, rows: np.ndarray) -> Dataset:
    """The dataset of these row positions, int64, with a fingerprint of its own."""
    frame = dataset.frame.iloc[rows]
    return replace(dataset, frame=frame, fingerprint=fingerprint(frame))


def sample_rows(dataset: Dataset, rows: int, seed: int) -> Dataset:
    """A seeded sample without replacement, in the dataset's order; all rows if there are fewer."""
    chosen = np.random.default_rng(seed).permutation(len(dataset))[:rows]
    return take(dataset, np.sort(chosen))
