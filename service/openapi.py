"""The OpenAPI 3.1 document, generated from the route table and its schemas."""

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core.features import Feature
from core.models.scorer.spec import example_request
from core.serving import ServingSettings
from service.models.loaded import LoadedModel
from service.routes import Route, RouteTable
from service.row_schema import row_schema
from service.schemas import ErrorBody

Mode = Literal["validation", "serialization"]
MODEL = "{model}"
SEVERAL = {"BatchRequest": "texts", "RowsRequest": "rows", "QuantitiesRequest": "rows"}
ERRORS = {"4XX": "Refused: the body says what is wrong.", "5XX": "Failed or not ready."}
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def openapi_document(
    routes: RouteTable, settings: ServingSettings, title: str, models: Mapping[str, LoadedModel]
) -> bytes:
    """The document as JSON: every route with a tag, its schemas with the limits filled in.

    Args:
        routes: All of them; one that asks a model has a path for each model.
        settings: With the limits.
        title: Of the document.
        models: Who answers by name; the first one's version is the document's.
    """
    shown = list(_of_models([route for route in routes.routes if route.tag], models))
    names, definitions = models_json_schema(
        list(dict.fromkeys(_schemas([route for route, _ in shown]))),
        ref_template="#/components/schemas/{model}",
    )
    schemas = definitions["$defs"]
    _fill_limits(schemas, settings)
    paths: dict[str, dict[str, Any]] = {}
    for route, name in shown:
        operation = _operation(route, names)
        if name is not None and models[name].features:
            _put_row(operation, schemas, name, models[name].features)
        # The first one: a model may be named like a route.
        paths.setdefault(route.template, {}).setdefault(route.method.lower(), operation)
    first = next(iter(models.values()))
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": first.version},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }
    return json.dumps(document).encode()


def _of_models(
    routes: list[Route], models: Mapping[str, LoadedModel]
) -> Iterator[tuple[Route, str | None]]:
    """Routes, and which model each asks; then they have that model's schemas."""
    for route in routes:
        if route.asks is None:
            yield route, None
            continue
        names = list(models) if MODEL in route.template else [next(iter(models))]
        for name in names:
            schemas = models[name].form.schemas
            one = route.asks == "one"
            yield (
                replace(
                    route,
                    template=route.template.replace(MODEL, name),
                    request=schemas.one if one else schemas.several,
                    response=schemas.one_answer if one else schemas.several_answers,
                ),
                name,
            )


def _put_row(
    operation: dict[str, Any], schemas: dict[str, Any], name: str, features: Sequence[Feature]
) -> None:
    """Give an operation a schema of its own, in which rows are those of the model."""
    content = operation["requestBody"]["content"]["application/json"]
    general = content["schema"]["$ref"].rpartition("/")[2]
    schema = deepcopy(schemas[general])
    schemas[f"{name}.Row"] = row_schema(features)
    row = {"$ref": f"#/components/schemas/{name}.Row"}
    properties = schema["properties"]
    content["example"] = example_request(features)
    if "row" in properties:
        properties["row"] = row
    else:
        properties["rows"]["items"] = row
        content["example"] = {"rows": [content["example"]["row"]]}
    schemas[f"{name}.{general}"] = schema
    content["schema"] = {"$ref": f"#/components/schemas/{name}.{general}"}


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
    if MODEL in route.template:
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
    """Of those that are there; what a row as JSON may have can't be said."""
    if request := schemas.get("PredictRequest"):
        request["properties"]["text"]["maxLength"] = settings.max_characters
    if request := schemas.get("BatchRequest"):
        request["properties"]["texts"]["items"]["maxLength"] = settings.max_characters
    for name, field in SEVERAL.items():
        if request := schemas.get(name):
            request["properties"][field]["maxItems"] = settings.max_batch
