"""From a YAML file and overrides to a validated, hashed config."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config.hints import explain
from core.config.job import JobConfig
from core.config.overrides import apply_overrides
from core.config.tasks import with_task_defaults
from core.config.yaml_text import parse_yaml
from core.errors import ConfigError


def load_config(path: Path, overrides: tuple[str, ...] = ()) -> JobConfig:
    """Read, override and validate a job config.

    Raises:
        ConfigError: if the file can't be read, is not YAML, or holds what the schema refuses; all
            problems are named at once.
    """
    return parse_config(apply_overrides(_read(path), overrides), origin=str(path))


def parse_config(values: dict[str, Any], origin: str = "config") -> JobConfig:
    """Validate the values of a job config.

    Raises:
        ConfigError: naming every problem in one line.
    """
    try:
        text = json.dumps(with_task_defaults(values), default=str)
        return JobConfig.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {'; '.join(explain(error, JobConfig))}") from error
    except ValueError as error:  # such as a YAML anchor within itself
        raise ConfigError(f"{origin}: {error}") from error


def config_hash(config: JobConfig) -> str:
    """SHA-256 (hex) over the canonical JSON of the whole effective config, defaults included."""
    return values_hash(config.model_dump(mode="json"))


def values_hash(values: dict[str, Any]) -> str:
    """The same of a config's values, also when this version of the code has other keys."""
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        near = sorted(str(file) for file in path.parent.glob("*.yaml"))
        known = f"there is {', '.join(near)}" if near else "no YAML file lies there"
        raise ConfigError(f"--config {path}: no such file; {known}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--config {path}: can't be read as UTF-8 text: {error}") from error
    try:
        values = parse_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"--config {path}: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(
            f"--config {path}: holds no keys; see configs/quickstart.yaml for an example"
        )
    return values
