"""YAML as configs use it."""

import pytest

from core.config.yaml_text import parse_yaml
from core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-2", 0.01), ("-3E5", -3e5), ("1e3", 1000.0), ("'1e3'", "1e3"), ("1e", "1e"), ("7", 7)],
)
def test_exponents_need_no_dot(text: str, value: object) -> None:
    assert parse_yaml(text) == value
    assert type(parse_yaml(text)) is type(value)


@pytest.mark.parametrize("text", ["{a: 1, a: 2}", "[" * 5000, "a: [", "!!python/object:os.x {}"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_yaml(text)
