"""The rate limit: per client, over all workers of a server.

The generic cell rate algorithm (ATM Forum, Traffic Management 4.0, section 4.4.2, "virtual
scheduling"; for APIs: https://brandur.org/rate-limiting) keeps one number per client: the
theoretical arrival time of its next request. It needs no timer and no counter that starts anew,
so there is no moment at which twice the limit passes.
"""

import math
import socket
import time
from collections.abc import Callable
from struct import Struct

from core.serving import RateLimit
from service.calls import ApiError
from service.shared_table import SharedTable

SECOND = 1_000_000_000
SLOTS = 65_536
VALUE_SIZE = 8
_TIME = Struct("=q")
_V4_IN_V6 = bytes(10) + b"\xff\xff"


class RateLimiter:
    """Lets ``per_second`` requests of a client pass, and ``burst`` of them at once.

    A client that the table had to forget, since too many came after it, begins anew.

    Args:
        settings: None: everything passes.
        table: With values of ``VALUE_SIZE`` bytes, shared by the workers.
        clock: Nanoseconds, the same for all processes of the machine.
    """

    def __init__(
        self,
        settings: RateLimit | None,
        table: SharedTable,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._table = table
        self._clock = clock
        self._interval = round(SECOND / settings.per_second) if settings else 0
        self._tolerance = self._interval * (settings.burst - 1) if settings else 0

    def check(self, client: str) -> None:
        """Count a request of this client, as ``Guard.check`` names it.

        Raises:
            ApiError: 429 with Retry-After: whole seconds until one more would pass.
        """
        if not self._interval:
            return
        self._table.update(bucket_of(client), self._count)

    def _count(self, stored: bytes | None) -> bytes:
        """The next theoretical arrival time, from the last one."""
        now = self._clock()
        expected = max(now, _TIME.unpack(stored)[0]) if stored else now
        wait = expected - self._tolerance - now
        if wait > 0:
            seconds = math.ceil(wait / SECOND)
            raise ApiError(
                429,
                "rate_limited",
                f"too many requests; try again in {seconds} s",
                headers=((b"retry-after", b"%d" % seconds),),
            )
        return _TIME.pack(expected + self._interval)


def bucket_of(client: str) -> str:
    """The client itself; for an IPv6 address its /64, all of which one customer has."""
    if ":" not in client or client.startswith(("key:", "token:")):
        return client
    try:
        address = socket.inet_pton(socket.AF_INET6, client.partition("%")[0])
    except OSError:
        return client
    # On a socket for both families, IPv4 clients look like this.
    if address.startswith(_V4_IN_V6):
        return socket.inet_ntop(socket.AF_INET, address[-4:])
    return f"{address[:8].hex()}/64"
