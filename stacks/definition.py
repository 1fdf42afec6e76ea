"""Stack definitions: one strict YAML per stack in ``stacks/``."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigError

FOLDER = Path(__file__).parent
FLAVORS = {"gatehouse": "stacks.flavors.data_validator_flavor.GatehouseDataValidatorFlavor"}


class Component(BaseModel):
    """A stack component; ``configuration`` goes to its flavor as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    flavor: str
    configuration: dict[str, Any] = Field(default_factory=dict)


class StackDefinition(BaseModel):
    """A stack: its name and one component per type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    components: dict[str, Component]


def available() -> dict[str, StackDefinition]:
    """All definitions by their file name without the ending."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def read_definition(name: str) -> StackDefinition:
    """One definition.

    Raises:
        ConfigError: if there is no such file or it is not a stack definition.
    """
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise ConfigError(f"stack {name!r}: there is no stacks/{name}.yaml; known: {known}")
    return _read(path)


def _read(path: Path) -> StackDefinition:
    try:
        return StackDefinition.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigError(f"stacks/{path.name}: {' '.join(str(error).split())}") from error
