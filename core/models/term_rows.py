"""The terms of texts, found once and counted for any selection of the texts."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy import sparse

Analyzer = Callable[[str], Iterable[str]]


class TermRows:
    """Which terms each known text has, how often, in the order of their first occurrence.

    ``fitted`` and ``counted`` give what ``_count_vocab`` of scikit-learn's vectorizers gives for
    the same texts, to the order of every dictionary and index.

    Attributes:
        shared_bytes: About how much it holds.
    """

    def __init__(self) -> None:
        self.shared_bytes = 0
        self._rows: dict[str, int] = {}
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._terms: list[str] = []
        self._starts = np.zeros(1, np.int64)
        self._found = np.empty(0, np.int32)
        self._counts = np.empty(0, np.intc)

    def add(self, texts: Sequence[str], analyze: Analyzer) -> None:
        """Analyse those texts that are not known yet."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if not new:
            return
        found: list[int] = []
        counts: list[int] = []
        starts = []
        for text in new:
            counter = Counter(map(self._numbers.__getitem__, analyze(text)))
            found.extend(counter)
            counts.extend(counter.values())
            starts.append(len(found))
        terms = list(self._numbers)
        self.shared_bytes += _text_bytes(new) + _text_bytes(terms[len(self._terms) :])
        self.shared_bytes += 8 * len(found) + 8 * len(new)
        self._terms = terms
        self._rows |= {text: number for number, text in enumerate(new, len(self._rows))}
        self._starts = np.append(self._starts, self._starts[-1] + np.array(starts, np.int64))
        self._found = np.append(self._found, np.array(found, np.int32))
        self._counts = np.append(self._counts, np.array(counts, np.intc))

    def fitted(
        self, texts: Sequence[str], dtype: np.typing.DTypeLike
    ) -> tuple[dict[str, int], sparse.csr_array]:
        """The vocabulary of known texts, by first occurrence, and its counts by text."""
        starts, found, counts = self._select(texts)
        first = np.full(len(self._terms), len(found), np.int64)
        np.minimum.at(first, found, np.arange(len(found)))
        present = np.flatnonzero(first < len(found))
        ordered = present[np.argsort(first[present])]
        numbers = np.empty(len(self._terms), np.int32)
        numbers[ordered] = np.arange(len(ordered), dtype=np.int32)
        vocabulary = {self._terms[term]: number for number, term in enumerate(ordered)}
        return vocabulary, _matrix(counts, numbers[found], starts, len(vocabulary), dtype)

    def counted(
        self, texts: Sequence[str], vocabulary: dict[str, int], dtype: np.typing.DTypeLike
    ) -> sparse.csr_array:
        """Counts of a vocabulary's terms in known texts."""
        starts, found, counts = self._select(texts)
        numbers = np.full(len(self._terms), -1, np.int32)
        present = np.unique(found)
        numbers[present] = [vocabulary.get(self._terms[term], -1) for term in present]
        columns = numbers[found]
        known = columns >= 0
        starts = np.append(0, np.cumsum(known))[starts]
        return _matrix(counts[known], columns[known], starts, len(vocabulary), dtype)

    def _select(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Starts, terms and counts of these texts, as in a CSR matrix."""
        rows = np.fromiter((self._rows[text] for text in texts), np.int64, len(texts))
        sizes = np.diff(self._starts)[rows]
        starts = np.append(0, np.cumsum(sizes))
        places = np.arange(starts[-1]) + np.repeat(self._starts[rows] - starts[:-1], sizes)
        return starts, self._found[places], self._counts[places]


def _matrix(
    counts: np.ndarray,
    columns: np.ndarray,
    starts: np.ndarray,
    width: int,
    dtype: np.typing.DTypeLike,
) -> sparse.csr_array:
    kind = np.int64 if starts[-1] > np.iinfo(np.int32).max else np.int32
    parts = counts, columns.astype(kind), starts.astype(kind)
    matrix = sparse.csr_array(parts, shape=(len(starts) - 1, width), dtype=dtype)
    matrix.sort_indices()
    return matrix


def _text_bytes(texts: Sequence[str]) -> int:
    return sum(map(sys.getsizeof, texts)) + 100 * len(texts)
