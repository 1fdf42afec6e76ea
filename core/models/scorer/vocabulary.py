"""Finds a vocabulary's terms in texts: a trie over units, its edges in a hash table of arrays.

The n-grams of a whole batch are looked up at once, and their strings are never made. What counts is
each occurrence of a term, so that the terms themselves tell the range of n. Time is linear in the
length of the texts, but for one sort of what was found.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, repeat

import numpy as np
from numpy.typing import NDArray

from core.models.scorer.ngrams import term_units, text_units
from core.models.scorer.spec import Analyzer

IntArray = NDArray[np.int64]

_END = (None,)  # Follows the units of each text, so that no term spans two texts.
_AT_ONCE = 4096  # Look-ups whose temporary arrays stay in the processor's cache.
# Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): 2**64 by the golden ratio. A
# remainder instead puts all pairs with a frequent word in few buckets for some sizes.
_GOLDEN = np.int64(0x9E3779B97F4A7C15 - 2**64)


class Vocabulary:
    """Terms by column: term i is column i.

    A node of the trie is a run of units that begins a term; the number of a unit is also that of
    its own node. The key of an edge is its node and the unit that follows, as one number.
    """

    def __init__(self, analyzer: Analyzer, terms: Sequence[str]) -> None:
        self._split = text_units(analyzer)
        split = term_units(analyzer)
        numbers: dict[str | None, int] = defaultdict(count().__next__)
        split_terms = chain.from_iterable(map(split, terms))
        units = np.fromiter(map(numbers.__getitem__, split_terms), np.int64)
        lengths = np.fromiter(map(len, map(split, terms)), np.int64, len(terms))
        self._unknown, self._end, self._radix = (len(numbers) + more for more in range(3))
        self._numbers = {**numbers, None: self._end}
        self._longest = int(lengths.max(initial=1))
        self._columns, keys = _grow(units, lengths, self._radix)
        self._edges = _HashTable(keys, first=self._radix)
        self._bits = len(terms).bit_length()

    def count(self, texts: Sequence[str]) -> tuple[IntArray, IntArray, IntArray]:
        """Returns text number, column and count of each term of each text, in this order."""
        cells = self._cells(texts)
        cells.sort()
        bounds = _run_bounds(cells)
        starts = bounds[:-1]
        cells = cells.take(starts)
        return cells >> self._bits, cells & (2**self._bits - 1), bounds[1:] - starts

    def _cells(self, texts: Sequence[str]) -> IntArray:
        """Returns text number and column of each occurrence of a term, as one number."""
        units = self._unit_numbers(texts)
        rows = (units == self._end).cumsum() << self._bits if len(texts) > 1 else None
        levels = []
        for places, nodes in self._walk(units):
            level = self._columns.take(nodes)
            if rows is not None:
                level |= rows.take(places)  # -1 stays -1.
            levels.append(level)
        cells = np.concatenate(levels)
        return cells[cells >= 0]

    def _unit_numbers(self, texts: Iterable[str]) -> IntArray:
        split = chain.from_iterable(zip(map(self._split, texts), repeat(_END)))
        numbers = map(self._numbers.get, chain.from_iterable(split), repeat(self._unknown))
        return np.fromiter(numbers, np.int64)

    def _walk(self, units: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Yields where nodes occur, and the nodes, first those of one unit."""
        nodes = units[:-1]
        places = np.arange(nodes.size)
        yield places, nodes
        for length in range(1, self._longest):
            keys = nodes * self._radix
            keys += units[length:].take(places)
            hits, nodes = self._edges.find(keys)
            places = places.take(hits)
            yield places, nodes


class _HashTable:
    """Numbers ``keys``, different and not negative: ``first`` + i for key i.

    The keys of a bucket lie side by side, and a look-up compares as many as the fullest bucket has.
    """

    def __init__(self, keys: IntArray, first: int) -> None:
        bits = keys.size.bit_length() or 1
        self._shift, self._mask = 64 - bits, 2**bits - 1
        buckets = self._bucket(keys)
        sizes = np.bincount(buckets, minlength=2**bits)
        order = buckets.argsort()
        self._numbers = order + first
        self._starts = sizes.cumsum() - sizes
        self._probes = np.arange(sizes.max())
        self._keys = np.concatenate([keys.take(order), np.full(self._probes.size, -1)])

    def find(self, keys: IntArray) -> tuple[IntArray, IntArray]:
        """Returns the places of those ``keys`` that the table has, ascending, and their numbers."""
        if keys.size > _AT_ONCE:
            starts = range(0, keys.size, _AT_ONCE)
            found = [self.find(keys[start : start + _AT_ONCE]) for start in starts]
            places = [part + start for (part, _), start in zip(found, starts, strict=True)]
            return np.concatenate(places), np.concatenate([numbers for _, numbers in found])
        slots = self._starts.take(self._bucket(keys))[:, np.newaxis] + self._probes
        matches = (self._keys.take(slots) == keys[:, np.newaxis]).ravel().nonzero()[0]
        return matches // self._probes.size, self._numbers.take(slots.ravel().take(matches))

    def _bucket(self, keys: IntArray) -> IntArray:
        buckets = keys * _GOLDEN
        buckets >>= self._shift
        buckets &= self._mask
        return buckets


def _grow(units: IntArray, lengths: IntArray, radix: int) -> tuple[IntArray, IntArray]:
    """Returns each node's column (-1 if it is no term) and each edge's key.

    Edge i leads to node ``radix`` + i. ``units`` are those of all terms, one term after another,
    and below ``radix``; ``lengths`` says how many each term has.
    """
    starts = lengths.cumsum() - lengths
    nodes = units[starts]
    size, edges = radix, [np.empty(0, np.int64)]
    for length in range(1, lengths.max(initial=1)):
        longer = (lengths > length).nonzero()[0]
        keys = nodes[longer] * radix + units[starts[longer] + length]
        new, numbers = np.unique(keys, return_inverse=True)
        nodes[longer] = size + numbers
        size += new.size
        edges.append(new)
    columns = np.full(size, -1)
    columns[nodes] = np.arange(nodes.size)
    return columns, np.concatenate(edges)


def _run_bounds(ordered: IntArray) -> IntArray:
    """Returns where runs of equal numbers start, and the end; np.diff is six times slower."""
    changes = np.ones(ordered.size + 1, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=changes[1:-1])
    return changes.nonzero()[0]
