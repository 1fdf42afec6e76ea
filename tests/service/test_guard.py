"""The door: who gets in with what."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from core.api_keys import SCOPES, new_key
from core.errors import ConfigError
from service.calls import ApiError, Headers
from service.credentials import Level
from service.guard import Guard

KEYS = {scope: new_key(f"{scope}-key", scope) for scope in SCOPES}
LINES = "\n".join(known.line for _, known in KEYS.values())
ADDRESS = "192.0.2.7"
UNKNOWN = new_key("unknown", "admin")[0]


@pytest.fixture(scope="module")
def guard() -> Guard:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GATEHOUSE_API_KEYS", LINES)
        return Guard.from_environment()


def bearer(key: str) -> Headers:
    return [(b"host", b"x"), (b"authorization", b"Bearer " + key.encode()), (b"accept", b"*/*")]


def x_api_key(key: str) -> Headers:
    return [(b"x-api-key", key.encode())]


def refused(guard: Guard, level: Level, headers: Headers) -> ApiError:
    with pytest.raises(ApiError) as caught:
        guard.check(level, headers, ADDRESS)
    return caught.value


def challenge(error: ApiError) -> bytes:
    ((name, value),) = error.headers
    assert name == b"www-authenticate"
    return value


@pytest.mark.parametrize("headers", [[], bearer(UNKNOWN), [(b"authorization", b"Basic eA==")]])
def test_without_keys_predictions_are_open_and_admin_is_closed(headers: Headers) -> None:
    guard = Guard.from_environment()
    assert guard.check("open", headers, ADDRESS) == ADDRESS
    assert guard.check("predict", headers, ADDRESS) == ADDRESS
    error = refused(guard, "admin", headers)
    assert (error.status, error.code) == (403, "admin_closed")
    assert "api-key NAME --scope admin" in error.message


@pytest.mark.parametrize("send", [bearer, x_api_key])
def test_a_key_opens_what_its_scope_says(guard: Guard, send: Callable[[str], Headers]) -> None:
    predict, admin = KEYS["predict"][0], KEYS["admin"][0]
    assert guard.check("predict", send(predict), ADDRESS) == "key:predict-key"
    assert guard.check("predict", send(admin), ADDRESS) == "key:admin-key"
    assert guard.check("admin", send(admin), ADDRESS) == "key:admin-key"
    error = refused(guard, "admin", send(predict))
    assert (error.status, error.code) == (403, "forbidden")
    assert b'error="insufficient_scope"' in challenge(error)


@pytest.mark.parametrize("level", ["predict", "admin"])
def test_no_credential_and_a_wrong_one(guard: Guard, level: Level) -> None:
    missing = refused(guard, level, [(b"host", b"x")])
    assert (missing.status, missing.code) == (401, "unauthorized")
    assert challenge(missing) == b'Bearer realm="gatehouse"'
    wrong = refused(guard, level, bearer(UNKNOWN))
    assert wrong.status == 401
    assert b'error="invalid_token"' in challenge(wrong)
    assert UNKNOWN not in wrong.message


def test_open_routes_ask_nobody(guard: Guard) -> None:
    assert guard.check("open", bearer(UNKNOWN), ADDRESS) == ADDRESS


@pytest.mark.parametrize(
    "headers",
    [
        bearer(KEYS["predict"][0]) + x_api_key(KEYS["admin"][0]),
        bearer(KEYS["predict"][0]) * 2,
        x_api_key(UNKNOWN) + x_api_key(KEYS["admin"][0]),
        [(b"authorization", b"Basic " + KEYS["admin"][0].encode())],
        [(b"authorization", KEYS["admin"][0].encode())],
        bearer(KEYS["admin"][1].digest),
        bearer(KEYS["admin"][0] + "x"),
        bearer(KEYS["admin"][0].swapcase()),
    ],
)
def test_tricks_with_headers_are_refused(guard: Guard, headers: Headers) -> None:
    assert refused(guard, "predict", headers).status == 401


def test_the_scheme_has_no_case_and_may_have_spaces(guard: Guard) -> None:
    headers = [(b"authorization", b"bEARER   " + KEYS["admin"][0].encode() + b" ")]
    assert guard.check("admin", headers, ADDRESS) == "key:admin-key"


@given(
    headers=st.lists(
        st.tuples(st.sampled_from([b"authorization", b"x-api-key", b"host"]), st.binary())
    ),
    level=st.sampled_from(["predict", "admin"]),
)
def test_nothing_random_gets_in(guard: Guard, headers: Headers, level: Level) -> None:
    assert refused(guard, level, headers).status == 401


def test_keys_come_from_a_file_and_go_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# all\n{LINES}\n")
    monkeypatch.setenv("GATEHOUSE_API_KEYS_FILE", str(file))
    headers = bearer(KEYS["predict"][0])
    assert Guard.from_environment().check("predict", headers, ADDRESS) == "key:predict-key"
    file.write_text(KEYS["admin"][1].line)
    assert refused(Guard.from_environment(), "predict", headers).status == 401


@pytest.mark.parametrize("text", ["# none\n\n", "ci:predict:1", "", "\n"])
def test_a_server_does_not_start_open_by_mistake(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    monkeypatch.setenv("GATEHOUSE_API_KEYS_FILE", str(file))
    with pytest.raises(ConfigError):
        Guard.from_environment()


def test_a_misspelt_variable_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_API_KEY", LINES)
    with pytest.raises(ConfigError, match="GATEHOUSE_API_KEY is unknown"):
        Guard.from_environment()
