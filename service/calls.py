"""What passes between the front and the handlers of the routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

JSON = b"application/json"
Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Call:
    """One request, once its body is read.

    Attributes:
        method: HTTP method.
        path: Path without the query.
        headers: As ASGI gives them, names in lower case.
        request_id: The client's X-Request-ID, or ours.
        client: Name of the API key, subject of the token, or the address.
        body: All of it; empty for GET.
        model: The ``{model}`` of the path, where the route has one.
        started: ``time.perf_counter()`` of the request's arrival.
        deadline: ``time.perf_counter()`` at which the answer is too late.
    """

    method: str
    path: str
    headers: Headers
    request_id: str
    client: str
    body: bytes
    model: str | None
    started: float
    deadline: float


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    content_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(eq=False)
class ApiError(Exception):
    """An answer that is no success; the front turns it into the error body.

    Attributes:
        status: HTTP status.
        code: What scripts compare, such as ``rate_limited``.
        message: One line for people: what is wrong and what to do.
        field: Path of the offending part of the body, such as ``texts.3``.
        headers: Such as Retry-After.
    """

    status: int
    code: str
    message: str
    field: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
