"""YAML as configs use it: a repeated key is refused, and ``1e-2`` is a number."""

import re
from collections import Counter
from collections.abc import Hashable
from typing import Any

import yaml

from core.errors import ConfigError

_MERGE = "tag:yaml.org,2002:merge"  # of "<<: *anchor"
# PyYAML reads YAML 1.1, where a float needs a dot; in YAML 1.2 (section 10.3.2) it does not.
_EXPONENT = re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$")


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        named = [key for key, _ in node.value if key.tag != _MERGE]
        keys = [self.construct_object(key, deep=True) for key in named]
        for key, times in Counter(key for key in keys if isinstance(key, Hashable)).items():
            if times > 1:
                raise ConfigError(f"line {node.start_mark.line + 1}: the key {key!r} is repeated")
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))


def parse_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        ConfigError: it is no YAML, nested too deeply, or repeats a key, of which PyYAML would
            silently keep the last.
    """
    try:
        # A SafeLoader with one more check, so as safe as safe_load.
        return yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ConfigError(f"not valid YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ConfigError("not valid YAML: nested too deeply") from error
