"""Which running services follow a model, and whether all of them serve a version."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NamedTuple

import httpx2

from adapters.channel import bentoml_home
from adapters.service_client import Patience, ServiceClient, ServiceReport, Target
from core.registration import registered

logger = logging.getLogger(__name__)
REQUEST_SECONDS = 5.0
# Whatever proxy the environment names: this machine is not behind it.
DIRECT = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))


class Followers(NamedTuple):
    """Who has to be asked.

    Attributes:
        urls: Of services.
        unreadable: Living servers of which nobody knows what they serve, and where.
    """

    urls: tuple[str, ...]
    unreadable: tuple[ServiceReport, ...] = ()


def following(name: str, besides: Sequence[str] = ()) -> Followers:
    """The services to ask: those that follow this machine's releases, and others by their URLs."""
    found = registered(bentoml_home())
    own = [item.url for item in found.servers if name in item.models]
    urls = dict.fromkeys([*own, *(url.rstrip("/") for url in besides)])
    unreadable = [
        ServiceReport(
            url=str(path),
            problem=f"this registration of a server can't be read: {reason}; restart that server",
        )
        for path, reason in found.unreadable.items()
    ]
    return Followers(tuple(urls), tuple(unreadable))


def look(name: str, followers: Followers) -> list[ServiceReport]:
    """Ask each service once what it serves."""
    return _each(followers, lambda service: service.look(name), REQUEST_SECONDS)


def confirm(
    target: Target, followers: Followers, timeout: float, interrupted: Event
) -> list[ServiceReport]:
    """Ask until all workers serve a version, then for some of its golden answers.

    They are asked for where no key is needed or ``GATEHOUSE_CLIENT_KEY`` has one, each over a
    connection of its own, so that it reaches any worker. An admin's key also makes a service look
    at what is released at once, not at its next interval.

    Args:
        target: What has to be served.
        followers: Who is asked.
        timeout: Seconds until a service counts as not following.
        interrupted: Set by whoever wants the asking to end; it does so within a request.
    """
    patience = Patience(timeout, interrupted)
    seconds = min(REQUEST_SECONDS, max(timeout, 1.0))
    return _each(followers, lambda service: service.follow(target, patience), seconds)


def _each(
    followers: Followers, ask: Callable[[ServiceClient], ServiceReport], seconds: float
) -> list[ServiceReport]:
    begin = time.monotonic()

    def timed(url: str) -> ServiceReport:
        # No connection is kept: one that is would reach the same worker again.
        limits = httpx2.Limits(max_keepalive_connections=0)
        try:
            with httpx2.Client(limits=limits, mounts=DIRECT, timeout=seconds) as client:
                report = ask(ServiceClient(client, url))
        except Exception as error:
            # Whatever it is: what is in production by now must not be undone for it.
            logger.exception("%s can't be asked", url)
            problem = f"it can't be asked ({type(error).__name__}: {error})"
            report = ServiceReport(url=url, problem=problem)
        return report.model_copy(update={"seconds": time.monotonic() - begin})

    with ThreadPoolExecutor(max(len(followers.urls), 1)) as pool:
        return [*pool.map(timed, followers.urls), *followers.unreadable]
