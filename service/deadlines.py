"""A time-out that costs a request nothing but two dictionary operations.

``asyncio.timeout`` makes a timer for each request, some 10 µs; nearly every body has arrived with
its headers. Here one look around, twice a second, finds those that wait too long.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

LOOK_SECONDS = 0.5


class Deadlines:
    """Interrupts tasks that wait too long.

    Args:
        seconds: How long a task may be ``waiting``; it may become half a second more.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Do the waiting of the current task in here.

        Raises:
            TimeoutError: it took too long.
        """
        task = asyncio.current_task()
        assert task is not None
        self._since[task] = monotonic()
        try:
            yield
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise TimeoutError from None
        finally:
            del self._since[task]
            self._late.discard(task)

    async def run(self) -> None:
        """Look around until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            bound = monotonic() - self._seconds
            for task, since in list(self._since.items()):
                if since < bound and task not in self._late:
                    self._late.add(task)
                    task.cancel()
