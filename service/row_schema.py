"""The JSON Schema of a table model's row: what the documentation shows and the page builds from.

``x-gatehouse-kind`` and ``x-gatehouse-levels`` say more than a validator may: a level that training
did not have, or a number outside its range, is answered, with a warning.
"""

from collections.abc import Sequence
from typing import Any

from core.features import Feature

MIDNIGHT = "T00:00:00"
_TYPES = {
    "number": ["number"],
    "category": ["string", "number", "boolean"],
    "date": ["string"],
    "text": ["string"],
}


def row_schema(features: Sequence[Feature]) -> dict[str, Any]:
    """A JSON Schema 2020-12 object."""
    return {
        "type": "object",
        "title": "Row",
        "description": "One value for each column.",
        "properties": {feature.name: _column(feature) for feature in features},
        "required": [feature.name for feature in features if not feature.nullable],
        "additionalProperties": False,
    }


def _column(feature: Feature) -> dict[str, Any]:
    types = _TYPES[feature.kind] + ["null"] * feature.nullable
    schema: dict[str, Any] = {
        "title": feature.name,
        "type": types if len(types) > 1 else types[0],
        "description": _description(feature),
        "x-gatehouse-kind": feature.kind,
    }
    if feature.kind == "category":
        schema["x-gatehouse-levels"] = list(feature.levels)
    if feature.example is not None:
        schema["examples"] = [_shown(feature.example)]
    return schema


def _description(feature: Feature) -> str:
    match feature.kind:
        case "number" if feature.low is not None and feature.high is not None:
            return f"{feature.low:g} to {feature.high:g} in training."
        case "date":
            return "ISO 8601, such as 2026-01-31."
        case _:
            return ""


def _shown(example: float | str) -> float | str:
    """A date without a time as callers would write it."""
    return example.removesuffix(MIDNIGHT) if isinstance(example, str) else example
