"""The route table: what the front dispatches by and what the OpenAPI document says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from service.calls import ApiError, Handler
from service.credentials import Level


@dataclass(frozen=True)
class Route:
    """One operation.

    Attributes:
        method: HTTP method.
        template: Path; it may end in one ``{model}``.
        handler: What answers.
        summary: One line for the documentation.
        level: Who may call it.
        request: Schema of the body; None where there is none.
        asks: Whether a model is asked, for one answer or several: bodies are as it wants them.
        response: Schema of the JSON answer; None for other media types.
        media: Those other media types.
        status: Status of a success.
        limited: Whether rate and concurrency limits hold.
        tag: Section of the documentation; None leaves the route out of it.
    """

    method: str
    template: str
    handler: Handler
    summary: str = ""
    level: Level = "open"
    request: type[BaseModel] | None = None
    asks: Literal["one", "several"] | None = None
    response: type[BaseModel] | None = None
    media: tuple[str, ...] = ()
    status: int = 200
    limited: bool = False
    tag: str | None = None


class RouteTable:
    """Looks a route up without a pattern: by its whole path, or by all but its last part."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._whole: dict[str, dict[str, Route]] = {}
        self._parents: dict[str, dict[str, Route]] = {}
        for route in routes:
            parent, braces, _ = route.template.partition("{model}")
            table = self._parents if braces else self._whole
            table.setdefault(parent, {})[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, str | None]:
        """The route of a request, and the ``{model}`` in its path.

        Raises:
            ApiError: 404, or 405 with Allow.
        """
        methods, model = self._whole.get(path), None
        if methods is None:
            parent, slash, model = path.rpartition("/")
            methods = self._parents.get(parent + slash) if model else None
        if methods is None:
            raise ApiError(404, "not_found", "there is nothing here; /openapi.json lists the paths")
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allowed = ", ".join(sorted(methods))
            headers = ((b"allow", allowed.encode()),)
            message = f"this path takes {allowed}"
            raise ApiError(405, "method_not_allowed", message, headers=headers)
        return route, model

    def methods(self, path: str) -> tuple[str, ...]:
        """Methods of a path, for a CORS preflight; none if there is no such path."""
        parent, slash, last = path.rpartition("/")
        found = self._whole.get(path) or (self._parents.get(parent + slash) if last else None)
        return tuple(sorted(found or ()))
