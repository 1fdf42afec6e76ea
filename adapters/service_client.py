"""Asks one running service over HTTP what it serves, and whether it answers as at the release."""

import os
import threading
import time
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

import httpx2
from pydantic import BaseModel, ConfigDict

from core.models.golden import Golden

KEY = "GATEHOUSE_CLIENT_KEY"
PAUSE_SECONDS = 0.1
BUSY_SECONDS = 0.5
ASKED = 5
UNAUTHORIZED = (401, 403)
BUSY = (429, 503)
# What comes of taking an answer of something else for ours.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


class ServiceReport(BaseModel):
    """What a service said.

    Attributes:
        url: Where it was asked; the file of a registration that can't be read.
        workers: The version that each of its workers serves; None while one starts.
        scorers: SHA-256 of the scorer that each of them serves it by.
        problem: Why it is not confirmed; None when it is.
        answers: Whether it gave golden answers, bit for bit; None when it was not asked for them.
        seconds: Until it was confirmed, or given up.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    workers: tuple[str | None, ...] = ()
    scorers: tuple[str | None, ...] = ()
    problem: str | None = None
    answers: str | None = None
    seconds: float = 0.0


class Target(NamedTuple):
    """What has to be served.

    Attributes:
        name: The model's name.
        version: Its version; another stack may have one of the same number.
        scorer_sha256: Of the scorer, which no other model has.
        golden: The answers at its release.
    """

    name: str
    version: str
    scorer_sha256: str
    golden: Golden


class Patience:
    """How long to go on asking.

    Attributes:
        interrupted: Set by whoever wants it to end now.
    """

    def __init__(self, seconds: float, interrupted: threading.Event) -> None:
        self._end = time.monotonic() + seconds
        self.interrupted = interrupted

    def pause(self, seconds: float) -> bool:
        """Wait before asking again; False at the end."""
        return time.monotonic() <= self._end and not self.interrupted.wait(seconds)


class _UnlikeError(Exception):
    """It does not answer as the version does."""


class _NotComparedError(Exception):
    """It follows, but does not let itself be asked for answers."""


class ServiceClient:
    """One service; the key goes to the routes that take one, and is never sent to look."""

    def __init__(self, client: httpx2.Client, url: str) -> None:
        self._client, self._url = client, url
        self._key = {"X-API-Key": key} if (key := os.environ.get(KEY)) else {}

    def look(self, name: str) -> ServiceReport:
        """What its workers serve under a name, asked once."""
        try:
            response = self._client.get(f"{self._url}/health")
            health: dict[str, Any] = response.json()
            if not response.is_success:
                return self._report(problem=f"it is not healthy: {_message(response)}")
            served = [worker.get(name) for worker in health["workers"]]
            versions, scorers = (
                tuple(model and model[key] for model in served)
                for key in ("version", "scorer_sha256")
            )
            refused = health["refused"].get(name)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return self._report(problem=f"it does not answer: {_reason(error)}")
        except UNREADABLE:
            return self._report(problem="what answers there is not, or not yet, Gatehouse")
        problem = f"it refuses: {refused}" if refused else None
        if not any(versions):
            problem = f"it serves no {name}"
        return self._report(workers=versions, scorers=scorers, problem=problem)

    def follow(self, target: Target, patience: Patience) -> ServiceReport:
        """Ask until all workers serve a version, then for some of its golden answers."""
        self._ask_to_look()
        while True:
            report = self.look(target.name)
            if set(report.workers) == {target.version}:
                # Whatever else is refused, such as a challenger.
                return self._compared(_with(report, problem=None), target, patience)
            if report.problem is None:
                served = ", ".join(sorted({worker or "nothing yet" for worker in report.workers}))
                report = _with(report, problem=f"its workers serve {served}")
            if not patience.pause(PAUSE_SECONDS):
                return _interrupted(report) if patience.interrupted.is_set() else report

    def _ask_to_look(self) -> None:
        if self._key:
            # What it says does not matter: it is asked next what it serves.
            with suppress(httpx2.HTTPError):
                self._client.post(f"{self._url}/admin/reload", headers=self._key)

    def _compared(self, report: ServiceReport, target: Target, patience: Patience) -> ServiceReport:
        others = {str(found) for found in report.scorers} - {target.scorer_sha256}
        if others:
            found, here = min(others)[:12], target.scorer_sha256[:12]
            problem = f"its version {target.version} is another model: scorer {found}, here {here}"
            return _with(report, problem=problem)
        try:
            return _with(report, answers=self._answers(target, patience))
        except _NotComparedError as reason:
            return _with(report, answers=f"not compared: {reason}")
        except _UnlikeError as problem:
            return _with(report, problem=str(problem))
        except httpx2.HTTPError as error:
            return _with(report, problem=f"it does not answer: {_reason(error)}")
        except UNREADABLE:
            return _with(report, problem="what it answers is no prediction")

    def _answers(self, target: Target, patience: Patience) -> str:
        """Golden answers over HTTP: JSON carries every float64 without loss."""
        golden, compared = target.golden, 0
        for item, expected in list(zip(golden.inputs, golden.served, strict=True))[:ASKED]:
            body = self._predict(target.name, item, patience)
            if body["model_version"] != target.version:
                continue
            if _outputs(body, golden.labels) != expected:
                raise _UnlikeError(f"it answers {str(item)[:40]!r} otherwise than at the release")
            compared += 1
        if not compared:
            raise _NotComparedError("another version gave them all")
        return "identical"

    def _predict(self, name: str, item: Any, patience: Patience) -> dict[str, Any]:
        """Ask again as long as it is busy."""
        asked = {"text": item} if isinstance(item, str) else {"row": item}
        while True:
            try:
                response = self._client.post(
                    f"{self._url}/predict/{name}", json=asked, headers=self._key
                )
                if response.status_code not in BUSY:
                    return self._accepted(response)
                busy = _message(response)
            except httpx2.TimeoutException as error:
                busy = _reason(error)
            if not patience.pause(BUSY_SECONDS):
                is_cut = patience.interrupted.is_set()
                raise _NotComparedError("interrupted" if is_cut else f"it is busy ({busy})")

    def _accepted(self, response: httpx2.Response) -> dict[str, Any]:
        if response.status_code in UNAUTHORIZED:
            self._refuse_key(_message(response))
        if not response.is_success:
            raise _UnlikeError(f"a golden request is refused: {_message(response)}")
        body: dict[str, Any] = response.json()
        return body

    def _refuse_key(self, message: str) -> NoReturn:
        if self._key:
            raise _UnlikeError(f"it refuses the key in {KEY}: {message}")
        raise _NotComparedError(f"it wants a key; set {KEY}")

    def _report(self, **facts: Any) -> ServiceReport:
        return ServiceReport(url=self._url, **facts)


def _outputs(body: dict[str, Any], labels: tuple[str, ...]) -> tuple[float, ...]:
    """Of an answer about a class, or a quantity."""
    if not labels:
        return (body["value"],)
    return tuple(body["probabilities"][label] for label in labels)


def _with(report: ServiceReport, **changes: str | None) -> ServiceReport:
    return report.model_copy(update=changes)


def _interrupted(report: ServiceReport) -> ServiceReport:
    return _with(report, problem=f"the asking was interrupted; last: {report.problem}")


def _message(response: httpx2.Response) -> str:
    """Of our errors, or the status of a proxy's."""
    try:
        return str(response.json()["error"]["message"])
    except UNREADABLE:
        return f"status {response.status_code}"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
