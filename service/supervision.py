"""A start that fails at once, in one line, and workers that end with their parent."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

    BentoML would start a worker that fails again, for ever. The child's memory goes with it.
    """
    child = os.fork()
    if child == 0:
        os._exit(_exit_code(start))
    _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)


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
