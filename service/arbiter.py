"""The keeper of the workers; imported in the server's own process alone, for it takes 7 MB."""

import logging
from collections.abc import Callable
from typing import Any, ClassVar

from bentoml._internal.utils import circus

from core.errors import GatehouseError
from service.registration import url_of
from service.supervision import CHECK_SECONDS, refusals

logger = logging.getLogger(__name__)


class Arbiter(circus.Arbiter):
    """Starts, replaces and ends the workers.

    BentoML's own looks for dead workers every ten seconds; Circus' default is one. And it keeps the
    port open while the last requests end: new connections would wait for an answer in vain.

    Attributes:
        listening: Called with the server's URL once it has the port; not where it speaks TLS.
    """

    listening: ClassVar[Callable[[str], None]]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"check_delay": CHECK_SECONDS})

    def initialize(self) -> None:
        """Take the port, and tell where it is."""
        with refusals():
            try:
                super().initialize()
            except OSError as error:
                places = ", ".join(f"{taken.host}:{taken.port}" for taken in self.sockets.values())
                message = f"can't listen on {places}: {error.strerror}; give another --port"
                raise GatehouseError(message) from error
        if any("--ssl-certfile" in watcher.args for watcher in self.iter_watchers()):
            # Which host its certificate names, this process does not know.
            logger.warning("rollback can't find a server with TLS; name it there: --service URL")
            return
        for taken in self.sockets.values():
            type(self).listening(url_of(taken.host, taken.port))

    def stop(self) -> Any:
        """Refuse new connections, and end once the requests in progress are answered."""
        ending = super().stop()
        self.sockets.close_all()
        return ending


def install(listening: Callable[[str], None]) -> None:
    """Let BentoML use it; to be called before it makes one."""
    Arbiter.listening = listening
    circus.Arbiter = Arbiter  # type: ignore[misc]
