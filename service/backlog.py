"""Where events wait for those who count and write them."""

from collections import deque
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Backlog(Generic[Item]):
    """What waits, in order: bounded by items and by bytes; above a bound the oldest are dropped.

    Several threads may add and take.

    Args:
        most: Items.
        most_bytes: Of their texts in memory.
    """

    __slots__ = ("_bytes", "_items", "_lock", "_most", "_most_bytes", "dropped")

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._lock = Lock()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._items)

    @property
    def crowded(self) -> bool:
        """More than half full."""
        return 2 * len(self._items) > self._most or 2 * self._bytes > self._most_bytes

    def add(self, item: Item, size: int = 0) -> None:
        """Take an item whose texts have ``size`` bytes."""
        with self._lock:
            self._items.append((item, size))
            self._bytes += size
            while self._bytes > self._most_bytes or len(self._items) > self._most:
                self._bytes -= self._items.popleft()[1]
                self.dropped += 1

    def take(self, most: int, most_bytes: int) -> list[Item]:
        """The oldest items, within both limits, or one that is larger by itself."""
        taken: list[Item] = []
        with self._lock:
            while self._items and len(taken) < most:
                item, size = self._items[0]
                most_bytes -= size
                if taken and most_bytes < 0:
                    break
                self._items.popleft()
                self._bytes -= size
                taken.append(item)
        return taken
