"""The Bento's serving settings, with what the server's environment overrides."""

import os
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from core.errors import ConfigError
from core.serving import ServingSettings

VARIABLE = "GATEHOUSE_SERVING"


def effective_settings(packed: ServingSettings) -> ServingSettings:
    """``packed`` with the keys of the YAML mapping in ``GATEHOUSE_SERVING`` put over it.

    Raises:
        ConfigError: the variable is no mapping, or a key or value in it is not valid.
    """
    text = os.environ.get(VARIABLE, "")
    try:
        overrides = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"{VARIABLE} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(overrides, dict):
        raise ConfigError(f"{VARIABLE}: write a mapping such as {{workers: 2}}, not {text!r}")
    try:
        return ServingSettings.model_validate(_merged(packed.model_dump(), overrides))
    except ValidationError as error:
        raise ConfigError(f"{VARIABLE}: {_problem(error)}") from error


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            merged[key] = _merged(inner, value)
        else:
            merged[key] = value
    return merged


def _problem(error: ValidationError) -> str:
    first = error.errors()[0]
    *parents, _ = first["loc"]
    where = ".".join(map(str, first["loc"]))
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg']}, not {first['input']!r}"
    section: type[BaseModel] = ServingSettings
    for parent in parents:
        section = section.model_fields[str(parent)].annotation  # type: ignore[assignment]
    known = ", ".join(getattr(section, "model_fields", {}))
    return f"{where} is not a known key; the keys are {known}"
