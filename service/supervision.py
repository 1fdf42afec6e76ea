"""What BentoML's keeper of the workers lacks: a start that fails at once, and a prompt end."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bentoml._internal.utils import circus

from core.errors import GatehouseError

CHECK_SECONDS = 1.0
logger = logging.getLogger(__name__)


@contextmanager
def refusals() -> Iterator[None]:
    """What can't be served ends the process: one line on stderr, and the error's exit code."""
    try:
        yield
    except GatehouseError as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        sys.exit(error.exit_code)


def rehearse(start: Callable[[], object]) -> None:
    """Let a child do what every worker will do, and end as it did if it can't.

    A worker that fails is started again, for ever, and its memory is not this process's.
    """
    child = os.fork()
    if child == 0:
        os._exit(_exit_code(start))
    _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)


def supervise() -> None:
    """Let BentoML use our arbiter; to be called before it makes one."""
    circus.Arbiter = Arbiter  # type: ignore[misc]


class Arbiter(circus.Arbiter):
    """Starts, replaces and ends the workers.

    BentoML's own looks for dead workers every ten seconds; Circus' default is one. And it keeps the
    port open while the last requests end: new connections would wait for an answer in vain.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"check_delay": CHECK_SECONDS})

    def stop(self) -> Any:
        """Refuse new connections, and end once the requests in progress are answered."""
        ending = super().stop()
        self.sockets.close_all()
        return ending


async def end_with(parent: int) -> None:
    """In a worker: end when the parent does, for nobody replaces a worker that holds the port."""
    while os.getppid() == parent:
        await asyncio.sleep(CHECK_SECONDS)
    logger.error("the server's own process is gone; this worker ends")
    signal.raise_signal(signal.SIGTERM)


def _exit_code(start: Callable[[], object]) -> int:
    try:
        with refusals():
            start()
    except SystemExit as refusal:
        return int(refusal.code or 0)
    except Exception:
        logger.exception("a worker can't start")
        return 1
    return 0
