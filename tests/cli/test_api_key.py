"""``api-key``: the key alone on stdout, so that it can be piped; a server reads the line."""

import pytest

from core.api_keys import parse_keys
from service.credentials import digest
from tests.gatehouse import run_cli


@pytest.mark.parametrize(("options", "scope"), [((), "predict"), (("--scope", "admin"), "admin")])
def test_the_key_and_its_line(options: tuple[str, ...], scope: str) -> None:
    done = run_cli("api-key", "ci", *options)
    assert done.code == 0
    key = done.out.rstrip("\n")
    (known,) = parse_keys(done.err.splitlines()[-1])
    assert (known.name, known.scope) == ("ci", scope)
    assert known.digest == digest(key.encode()).hex()
    assert key not in done.err


def test_as_json() -> None:
    done = run_cli("api-key", "ci", "--json")
    assert done.err == ""
    assert done.json.keys() == {"name", "scope", "key", "line"}
    (known,) = parse_keys(done.json["line"])
    assert known.digest == digest(done.json["key"].encode()).hex()


def test_a_bad_name_is_refused() -> None:
    done = run_cli("api-key", "a b")
    assert done.code == 2
    assert done.out == ""
    assert "name 'a b' must have" in done.error
