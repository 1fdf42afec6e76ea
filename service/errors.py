"""One error body for every failure, and pydantic's complaints as such errors."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from service.calls import ApiError, Reply
from service.schemas import ErrorBody, ErrorDetail

MAX_FIELD = 200
MAX_MESSAGE = 500
# More of them take seconds and gigabytes to tell.
MAX_ERRORS = 1000
Request = TypeVar("Request", bound=BaseModel)


def error_reply(error: ApiError, request_id: str) -> Reply:
    """The answer that says what went wrong."""
    detail = ErrorDetail(
        code=error.code, message=error.message, field=error.field, request_id=request_id
    )
    body = ErrorBody(error=detail).model_dump_json().encode()
    return Reply(error.status, body, headers=error.headers)


def parse(schema: type[Request], body: bytes) -> Request:
    """Validate a JSON body.

    Raises:
        ApiError: 422, with the path of the first field that is wrong.
    """
    try:
        return schema.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise _invalid(error) from None


def invalid(message: str, *location: str | int) -> ApiError:
    """A request above a limit, or naming what is not there."""
    return ApiError(422, "invalid_request", message, _field(location))


def _invalid(error: ValidationError) -> ApiError:
    if error.error_count() > MAX_ERRORS:
        return ApiError(422, "invalid_request", "the body has too many errors to name one")
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return ApiError(422, "invalid_request", f"the body is not JSON: {first['msg']}")
    message = first["msg"]
    if first["type"] == "string_pattern_mismatch" and first["loc"][-1:] != ("request_id",):
        message = "control characters are not allowed, but for white space"
    return ApiError(422, "invalid_request", message[:MAX_MESSAGE], _field(first["loc"]))


def _field(location: Sequence[str | int]) -> str | None:
    """``("texts", 3)`` as ``texts.3``; names come from the client and may be anything."""
    path = ".".join(map(str, location))
    return path.encode("utf-8", "replace").decode()[:MAX_FIELD] or None
