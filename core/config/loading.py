"""From a YAML file and overrides to a validated, hashed config."""

import hashlib
import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.config.hints import explain
from core.config.job import JobConfig
from core.config.overrides import apply_overrides
from core.errors import ConfigError

_MERGE = "tag:yaml.org,2002:merge"  # of "<<: *anchor"


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML that refuses a repeated key, of which PyYAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        named = [key for key, _ in node.value if key.tag != _MERGE]
        keys = [self.construct_object(key, deep=True) for key in named]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigError(f"line {node.start_mark.line + 1}: the key {key!r} is repeated")
        return super().construct_mapping(node, deep)


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
        return JobConfig.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {'; '.join(explain(error, JobConfig))}") from error
    except ValueError as error:  # such as a YAML anchor within itself
        raise ConfigError(f"{origin}: {error}") from error


def config_hash(config: JobConfig) -> str:
    """SHA-256 (hex) over the canonical JSON of the whole effective config, defaults included."""
    canonical = json.dumps(config.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
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
        # A SafeLoader with one more check, so as safe as safe_load.
        values = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ConfigError(
            f"--config {path}: not valid YAML: {' '.join(str(error).split())}"
        ) from error
    except ConfigError as error:
        raise ConfigError(f"--config {path}: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(
            f"--config {path}: holds no keys; see configs/quickstart.yaml for an example"
        )
    return values
