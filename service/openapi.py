"""The OpenAPI 3.1 document, generated from the route table and its schemas."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.serving import ServingSettings
from service.routes import Route, RouteTable
from service.schemas import ErrorBody

Mode = Literal["validation", "serialization"]
ERRORS = {"4XX": "Refused: the body says what is wrong.", "5XX": "Failed or not ready."}
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def openapi_document(
    routes: RouteTable, settings: ServingSettings, title: str, version: str
) -> bytes:
    """The document as JSON: every route with a tag, its schemas with the limits filled in."""
    shown = [route for route in routes.routes if route.tag]
    names, definitions = models_json_schema(
        list(dict.fromkeys(_schemas(shown))), ref_template="#/components/schemas/{model}"
    )
    schemas = definitions["$defs"]
    _fill_limits(schemas, settings)
    paths: dict[str, dict[str, Any]] = {}
    for route in shown:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, names)
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }
    return json.dumps(document).encode()


def _schemas(routes: list[Route]) -> Iterator[tuple[type[BaseModel], Mode]]:
    yield ErrorBody, "serialization"
    for route in routes:
        if route.request:
            yield route.request, "validation"
        if route.response:
            yield route.response, "serialization"


def _operation(route: Route, names: Mapping[Any, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done."}
    if route.response:
        success["content"] = _json(names[route.response, "serialization"])
    elif route.media:
        success["content"] = {media: {"schema": {"type": "string"}} for media in route.media}
    failure = _json(names[ErrorBody, "serialization"])
    operation: dict[str, Any] = {
        "summary": route.summary,
        "tags": [route.tag],
        "operationId": f"{route.method.lower()}{route.template}".translate(_OPERATION),
        "responses": {
            str(route.status): success,
            **{code: {"description": text, "content": failure} for code, text in ERRORS.items()},
        },
    }
    if route.request:
        body = _json(names[route.request, "validation"])
        operation["requestBody"] = {"required": True, "content": body}
    if "{model}" in route.template:
        parameter = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
        operation["parameters"] = [parameter]
    if route.level != "open":
        operation["security"] = [{name: []} for name in SECURITY]
        if route.level == "predict":
            operation["security"].append({})
    return operation


_OPERATION = str.maketrans({"/": "_", "{": None, "}": None})


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _fill_limits(schemas: dict[str, Any], settings: ServingSettings) -> None:
    text = schemas["PredictRequest"]["properties"]["text"]
    texts = schemas["BatchRequest"]["properties"]["texts"]
    text["maxLength"] = texts["items"]["maxLength"] = settings.max_characters
    texts["maxItems"] = settings.max_batch
