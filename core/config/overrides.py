"""``--set a.b.c=value``: overrides of a config before it is validated."""

from copy import deepcopy
from typing import Any

from core.config.yaml_text import parse_yaml
from core.errors import ConfigError

_SOURCE_KIND = ["source", "kind"]


def apply_overrides(config: dict[str, Any], overrides: tuple[str, ...]) -> dict[str, Any]:
    """Return a copy of ``config`` with the overrides applied.

    Values are YAML. A number addresses an item of a list (``candidates.0.params.C=2``). Setting a
    source's ``kind`` to another kind starts the source afresh, since the keys of the old kind don't
    fit the new one; that is done first, so the order on the command line does not matter.

    Raises:
        ConfigError: if an override is not ``key=value`` or its path does not fit the config.
    """
    result = deepcopy(config)
    pairs = [_parse(override) for override in overrides]
    for path, value in sorted(pairs, key=lambda pair: pair[0][-2:] != _SOURCE_KIND):
        _assign(result, path, value)
    return result


def _parse(override: str) -> tuple[list[str], Any]:
    key, equals, text = override.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path):
        raise ConfigError(f"--set {override!r}: write it as key=value, such as --set seed=7")
    try:
        return path, parse_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"--set {override!r}: {error}; quote the value") from error


def _assign(config: dict[str, Any], path: list[str], value: Any) -> None:
    node: Any = config
    for depth, key in enumerate(path[:-1]):
        node = _child(node, key, ".".join(path[: depth + 1]))
    last = path[-1]
    if isinstance(node, list):
        node[_index(node, last, ".".join(path))] = value
        return
    if not isinstance(node, dict):
        raise ConfigError(f"--set {'.'.join(path)}: {'.'.join(path[:-1])} holds {node!r}, not keys")
    if path[-2:] == _SOURCE_KIND and node.get("kind") != value:
        node.clear()
    node[last] = value


def _child(node: Any, key: str, where: str) -> Any:
    if isinstance(node, list):
        return node[_index(node, key, where)]
    if isinstance(node, dict):
        if node.get(key) is None:
            node[key] = {}
        return node[key]
    raise ConfigError(f"--set {where}: its parent holds {node!r}, not keys")


def _index(items: list[Any], key: str, where: str) -> int:
    if not key.isdecimal() or int(key) >= len(items):
        raise ConfigError(f"--set {where}: {key!r} is no item of this list (0 to {len(items) - 1})")
    return int(key)
