"""Work on training inputs that candidates, trials and folds share.

Cleaning, tokenising, counting and weighing texts, and encoding tables, depend on the rows and on
the settings of that stage only. Transformers that derive from :class:`Shared` look their result up
by a digest of both, so scikit-learn's own pipelines, ensembles and calibrations use it without
knowing. What is looked up is a copy of what was computed, so predictions and the bytes of the
fitted model are those of a plain fit, and other rows can never be given for these.

Nothing is kept outside of :func:`sharing`, and so nothing in a service.
"""

import hashlib
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from threading import RLock
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from scipy import sparse

MOST_BYTES = 768 * 2**20
# Of an object in memory to its pickle: small objects have heads of some 50 bytes.
_OBJECT_BYTES = 4

Kept = TypeVar("Kept")


class Store:
    """The most recently used results, by key, up to a number of bytes; safe between threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = RLock()
        self.bytes = 0
        self.users = 0

    def get(self, key: Hashable) -> Any:
        """What is kept under the key, None if nothing is."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Hashable, item: Any) -> None:
        """Keep an item in its new size, and drop the longest unused ones for it."""
        size = size_of(item)
        with self._lock:
            self.bytes -= self._items.pop(key, (None, 0))[1]
            if size > self.most_bytes:
                return
            self.bytes += size
            self._items[key] = (item, size)
            while self.bytes > self.most_bytes:
                self.bytes -= self._items.popitem(last=False)[1][1]

    def grow(self, key: Hashable, make: Callable[[], Kept], use: Callable[[Kept], Any]) -> Any:
        """What ``use`` makes of an item that it may add to; one thread at a time."""
        with self._lock:
            item = self.get(key)
            if item is None:
                item = make()
            result = use(item)
            self.put(key, item)
        return result

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._items.clear()
            self.bytes = 0


_store = Store()


@contextmanager
def sharing() -> Iterator[Store]:
    """Share within this process while inside; what was computed stays until ``forget``."""
    _store.users += 1
    try:
        yield _store
    finally:
        _store.users -= 1


def limit_to(share: float) -> None:
    """Keep at most this share of :data:`MOST_BYTES`: for one of several processes."""
    _store.most_bytes = int(MOST_BYTES * share)


def forget() -> None:
    """Free what is shared."""
    _store.clear()


def active_store() -> Store | None:
    """Where to look results up now; None outside of :func:`sharing`."""
    return _store if _store.users else None


class Shared:
    """A transformer whose ``fit_transform`` and ``transform`` are looked up.

    It goes before scikit-learn's classes. What it learns depends on its parameters and the inputs
    only, not on ``y``, and nobody changes results in place. The work itself is ``_learn`` and
    ``_apply``: by default what the next class in line does.
    """

    _fit_key: str | None = None
    _kept_whole: ClassVar[tuple[str, ...]] = ()
    """Learnt attributes that models need no copy of."""

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_fit_key"}

    def fit(self, inputs: Any, y: Any = None) -> Self:
        """As ``fit_transform``."""
        self.fit_transform(inputs, y)
        return self

    def fit_transform(self, inputs: Any, y: Any = None) -> Any:
        """Learn from the inputs and transform them, or look up what came of it before."""
        store = active_store()
        is_fitted = any(name.endswith("_") for name in vars(self))
        if store is None or is_fitted:
            self._fit_key = None
            return self._learn(inputs)
        parameters = pickle.dumps(self.get_params())  # type: ignore[attr-defined]
        key = content_key(type(self).__qualname__, parameters, digest(inputs))
        if (found := store.get(key)) is None:
            before = dict(vars(self))
            output = self._learn(inputs)
            learnt = {k: v for k, v in vars(self).items() if v is not before.get(k)}
            found = self._copy(learnt), output
            store.put(key, found)
        vars(self).update(self._copy(found[0]))
        self._fit_key = key
        return found[1]

    def transform(self, inputs: Any) -> Any:
        """Transform inputs as learnt, or look up what came of it before."""
        store = active_store()
        if store is None or self._fit_key is None:
            return self._apply(inputs)
        key = content_key(self._fit_key, digest(inputs))
        if (output := store.get(key)) is None:
            output = self._apply(inputs)
            store.put(key, output)
        return output

    def _learn(self, inputs: Any) -> Any:
        return super().fit_transform(inputs)  # type: ignore[misc]

    def _apply(self, inputs: Any) -> Any:
        return super().transform(inputs)  # type: ignore[misc]

    def _copy(self, learnt: dict[str, Any]) -> dict[str, Any]:
        whole = [learnt[name] for name in self._kept_whole if name in learnt]
        return deepcopy(learnt, {id(item): item for item in whole})


class _Mapped:
    """What became of each text so far."""

    def __init__(self) -> None:
        self.shared_bytes = 0
        self._known: dict[str, str] = {}

    def apply(self, function: Callable[[str], str], texts: list[str]) -> list[str]:
        for text in texts:
            if text not in self._known:
                self._known[text] = result = function(text)
                self.shared_bytes += sys.getsizeof(text) + sys.getsizeof(result)
        return [self._known[text] for text in texts]


def map_texts(name: Hashable, function: Callable[[str], str], texts: Iterable[str]) -> list[str]:
    """``function`` of each text, each distinct text once; ``name`` stands for the function."""
    store, given = active_store(), list(texts)
    if store is None:
        return list(map(function, given))
    done: list[str] = store.grow(
        ("texts", name), _Mapped, lambda mapped: mapped.apply(function, given)
    )
    return done


def digest(inputs: Any) -> str:
    """A digest of the content: texts, plain rows, arrays or a frame."""
    if isinstance(inputs, list) and inputs and isinstance(inputs[0], str):
        encoded = [text.encode("utf-8", "surrogatepass") for text in inputs]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        return content_key(lengths.tobytes(), b"".join(encoded))
    return content_key(pickle.dumps(inputs, protocol=5))


def size_of(item: Any) -> int:
    """About how many bytes an item holds."""
    if hasattr(item, "shared_bytes"):
        return int(item.shared_bytes)
    if isinstance(item, tuple):
        return sum(map(size_of, item))
    if isinstance(item, np.ndarray):
        return item.nbytes
    if sparse.issparse(item):
        return int(item.data.nbytes + item.indices.nbytes + item.indptr.nbytes)
    return _OBJECT_BYTES * len(pickle.dumps(item, protocol=5))


def content_key(*parts: str | bytes) -> str:
    """A digest of several parts."""
    found = hashlib.blake2b(digest_size=20)
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode()
        found.update(len(content).to_bytes(8, "big") + content)
    return found.hexdigest()
