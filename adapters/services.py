"""Asks running services over HTTP which version they serve, until all their workers say so."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import httpx2
from pydantic import BaseModel, ConfigDict

from adapters.channel import bentoml_home
from core.models.golden import Golden
from core.registration import registered

KEY = "GATEHOUSE_CLIENT_KEY"
REQUEST_SECONDS = 5.0
PAUSE_SECONDS = 0.1
ASKED_TEXTS = 5
UNAUTHORIZED = (401, 403)
# What comes of taking an answer of something else for ours.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
# Whatever proxy the environment names: this machine is not behind it.
DIRECT = dict.fromkeys(("all://127.0.0.1", "all://localhost", "all://[::1]"))


class ServiceReport(BaseModel):
    """What a service said.

    Attributes:
        url: Where it was asked.
        workers: The version that each of its workers serves; None while one starts.
        problem: Why it is not confirmed; None when it is.
        answers: Whether it gave golden answers, bit for bit; None when it was not asked for them.
        seconds: Until it was confirmed, or given up.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    workers: tuple[str | None, ...] = ()
    problem: str | None = None
    answers: str | None = None
    seconds: float = 0.0


def following(name: str, besides: Sequence[str] = ()) -> list[str]:
    """The URLs of the services to ask: those that follow this machine's releases, and others.

    Raises:
        GatehouseError: the record of a living service is damaged.
    """
    found = [item.url for item in registered(bentoml_home()) if name in item.models]
    return list(dict.fromkeys([*found, *(url.rstrip("/") for url in besides)]))


def look(name: str, urls: Sequence[str]) -> list[ServiceReport]:
    """Ask each service once what it serves."""
    return _each(urls, partial(_asked, name=name), REQUEST_SECONDS)


def confirm(
    name: str, version: str, golden: Golden, urls: Sequence[str], timeout: float
) -> list[ServiceReport]:
    """Ask until all workers serve a version, then for some of its golden answers.

    They are asked for where no key is needed or ``GATEHOUSE_CLIENT_KEY`` has one, each over a
    connection of its own, so that it reaches any worker. An admin's key also makes a service look
    at what is released at once, not at its next interval.

    Args:
        name: The model's name.
        version: Its version.
        golden: The answers at its release.
        urls: Of the services.
        timeout: Seconds until a service counts as not following.
    """
    end = time.monotonic() + timeout
    ask = partial(_followed, name=name, version=version, golden=golden, end=end)
    return _each(urls, ask, min(REQUEST_SECONDS, max(timeout, 1.0)))


def _each(
    urls: Sequence[str], ask: Callable[[httpx2.Client, str], ServiceReport], seconds: float
) -> list[ServiceReport]:
    begin = time.monotonic()

    def timed(url: str) -> ServiceReport:
        key = os.environ.get(KEY)
        # No connection is kept: one that is would reach the same worker again.
        limits = httpx2.Limits(max_keepalive_connections=0)
        headers = {"X-API-Key": key} if key else {}
        with httpx2.Client(
            headers=headers, limits=limits, mounts=DIRECT, timeout=seconds
        ) as client:
            report = ask(client, url)
        return report.model_copy(update={"seconds": time.monotonic() - begin})

    with ThreadPoolExecutor(max(len(urls), 1)) as pool:
        return list(pool.map(timed, urls))


def _followed(
    client: httpx2.Client, url: str, name: str, version: str, golden: Golden, end: float
) -> ServiceReport:
    if KEY in os.environ:
        # What it says does not matter: it is asked next what it serves.
        with suppress(httpx2.HTTPError):
            client.post(f"{url}/admin/reload")
    while True:
        report = _asked(client, url, name)
        if set(report.workers) == {version}:
            # Whatever else is refused, such as a challenger.
            report = report.model_copy(update={"problem": None})
            return _compared(client, report, name, version, golden)
        if report.problem is None:
            served = ", ".join(sorted({worker or "nothing yet" for worker in report.workers}))
            report = report.model_copy(update={"problem": f"its workers serve {served}"})
        if time.monotonic() > end:
            return report
        time.sleep(PAUSE_SECONDS)


def _asked(client: httpx2.Client, url: str, name: str) -> ServiceReport:
    try:
        response = client.get(f"{url}/health")
        health: dict[str, Any] = response.json()
        if not response.is_success:
            return ServiceReport(url=url, problem=f"it is not healthy: {_message(health)}")
        workers = tuple(worker.get(name) for worker in health["workers"])
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return ServiceReport(url=url, problem=f"it does not answer: {_reason(error)}")
    except UNREADABLE:
        return ServiceReport(url=url, problem="what answers there is not, or not yet, Gatehouse")
    if not any(workers):
        return ServiceReport(url=url, workers=workers, problem=f"it serves no {name}")
    if refused := health["refused"].get(name):
        return ServiceReport(url=url, workers=workers, problem=f"it refuses: {refused}")
    return ServiceReport(url=url, workers=workers)


def _compared(
    client: httpx2.Client, report: ServiceReport, name: str, version: str, golden: Golden
) -> ServiceReport:
    """Golden answers over HTTP: JSON carries every float64 without loss."""
    pairs = list(zip(golden.texts, golden.served, strict=True))[:ASKED_TEXTS]
    compared = 0
    try:
        for text, expected in pairs:
            response = client.post(f"{report.url}/predict/{name}", json={"text": text})
            body = response.json()
            if response.status_code in UNAUTHORIZED:
                answers = f"not asked for, since it wants a key: set {KEY}"
                return report.model_copy(update={"answers": answers})
            if not response.is_success:
                return _unlike(report, f"a golden text is refused: {_message(body)}")
            if body["model_version"] != version:
                continue
            found = tuple(body["probabilities"][label] for label in golden.labels)
            if found != expected:
                return _unlike(report, f"it answers {text[:40]!r} otherwise than at the release")
            compared += 1
    except httpx2.HTTPError as error:
        return _unlike(report, f"it does not answer: {_reason(error)}")
    except UNREADABLE:
        return _unlike(report, "what it answers is no prediction")
    answers = "identical" if compared else "not compared: another version gave them all"
    return report.model_copy(update={"answers": answers})


def _unlike(report: ServiceReport, problem: str) -> ServiceReport:
    return report.model_copy(update={"problem": problem})


def _message(body: dict[str, Any]) -> str:
    return str(body.get("error", {}).get("message", body))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
