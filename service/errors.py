"""One error body for every failure of the app."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.schemas import ErrorBody, ErrorDetail

MAX_FIELD = 200
logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Make every error of the app an :class:`ErrorBody`."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _internal_error)


def limit_error(message: str, *field: str | int) -> RequestValidationError:
    """A request above a limit of the release, as a validation error of its field."""
    return RequestValidationError([{"loc": ("body", *field), "msg": message, "type": "limit"}])


def _answer(
    status: int,
    message: str,
    field: str | None = None,
    code: str | None = None,
    headers: Any = None,
) -> JSONResponse:
    code = code or HTTPStatus(status).name.lower()
    body = ErrorBody(error=ErrorDetail(code=code, message=message, field=field))
    return JSONResponse(body.model_dump(), status, headers)


def _field(location: Sequence[str | int]) -> str | None:
    """``("body", "texts", 3)`` as ``texts.3``; names come from the client and may be anything."""
    path = ".".join(map(str, location[1:]))
    return path.encode("utf-8", "replace").decode()[:MAX_FIELD] or None


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        detail = f"the body is not JSON: {first['ctx']['error']} at character {first['loc'][1]}"
        return _answer(422, detail, code="invalid_request")
    return _answer(422, first["msg"], _field(first["loc"]), "invalid_request")


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _answer(error.status_code, str(error.detail), headers=error.headers)


async def _internal_error(request: Request, error: Exception) -> JSONResponse:
    logger.error("%s %s failed: %r", request.method, request.url.path, error)
    return _answer(500, "the service failed; its log says why")
