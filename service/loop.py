"""An event loop that takes new connections in at the pace at which it is busy.

uvloop accepts one connection each time round. With many clients, a round answers a request of every
connection that is in already: of 100 clients that come together, the last waited 0.5 to 1 s for
its first answer. asyncio takes in all that wait, which gives them all to the first of several
workers. Here a round accepts one, and one more for every four connections that the worker has.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

import uvicorn.config
import uvloop

SHARE = 4
# Without free file descriptors, accepting is tried again after so many seconds.
RETRY_SECONDS = 1.0
Factory = Callable[[], asyncio.BaseProtocol]


class Listener:
    """What uvicorn needs of a server: it can be closed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        factory: Factory,
        sock: socket.socket,
        context: ssl.SSLContext | None,
        connections: Callable[[], int],
    ) -> None:
        self._loop = loop
        self._factory = factory
        self._socket = sock
        self._context = context
        self._connections = connections
        self._tasks: set[asyncio.Task[Any]] = set()
        self._retry: asyncio.TimerHandle | None = None
        sock.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Accept no more; the socket is its owner's."""
        self._loop.remove_reader(self._socket)
        if self._retry is not None:
            self._retry.cancel()

    async def wait_closed(self) -> None:
        """Connections that were accepted are the protocol's."""

    def _listen(self) -> None:
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        for _ in range(1 + self._connections() // SHARE):
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return  # another worker was faster, or the client is gone
            except OSError as error:
                self._pause(error)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._connect(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self, connection: socket.socket) -> None:
        await self._loop.connect_accepted_socket(self._factory, connection, ssl=self._context)

    def _pause(self, error: OSError) -> None:
        context = {"message": "no connection can be accepted", "exception": error}
        self._loop.call_exception_handler(context)
        self._loop.remove_reader(self._socket)
        self._retry = self._loop.call_later(RETRY_SECONDS, self._listen)


class Loop(uvloop.Loop):
    """uvloop with a :class:`Listener` for a socket that listens already."""

    connections: Callable[[], int]

    async def create_server(self, protocol_factory: Factory, *args: Any, **options: Any) -> Any:
        """As asyncio's; with ``sock``, a listener."""
        sock = options.get("sock")
        if sock is None:
            return await super().create_server(protocol_factory, *args, **options)
        context = options.get("ssl")
        return Listener(self, protocol_factory, sock, context, type(self).connections)


def install(connections: Callable[[], int]) -> None:
    """Let every server of this process run in such a loop; before one is configured.

    Args:
        connections: How many this process has now.
    """
    Loop.connections = staticmethod(connections)
    uvicorn.config.LOOP_FACTORIES["auto"] = f"{__name__}:loop_factory"


def loop_factory(**_: bool) -> Callable[[], asyncio.AbstractEventLoop]:
    """As uvicorn wants it."""
    return Loop
