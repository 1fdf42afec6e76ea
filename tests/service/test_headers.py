"""CORS is closed unless an origin is named; every answer has the security headers."""

import pytest
from hypothesis import given, strategies as st

from core.errors import ConfigError
from service.calls import ApiError
from service.headers import API_HEADERS, PAGE_HEADERS, Cors

APP = b"https://app.example.org"
OTHER = b"https://app.example.org.evil.example"


@pytest.mark.parametrize("headers", [API_HEADERS, PAGE_HEADERS])
def test_every_answer_is_protected(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    named = dict(headers)
    assert len(named) == len(headers)
    assert all(name == name.lower() for name in named)
    assert named[b"x-content-type-options"] == b"nosniff"
    assert named[b"referrer-policy"] == b"no-referrer"
    policy = named[b"content-security-policy"]
    assert policy.startswith(b"default-src 'none'; ")
    assert b"frame-ancestors 'none'" in policy
    assert b"unsafe" not in policy
    assert b"http" not in policy


def test_no_answer_of_the_api_is_stored() -> None:
    assert (b"cache-control", b"no-store") in API_HEADERS


@pytest.mark.parametrize("origin", [None, APP, b"null", b"*", b""])
def test_closed_by_default(origin: bytes | None) -> None:
    assert Cors(()).headers(origin) == ()
    with pytest.raises(ApiError) as caught:
        Cors(()).preflight(origin or b"", ("POST",))
    assert (caught.value.status, caught.value.code) == (403, "origin_refused")


def test_a_named_origin_may_call() -> None:
    cors = Cors((APP.decode(), "http://localhost:5173"))
    allowed = dict(cors.headers(APP))
    assert allowed[b"access-control-allow-origin"] == APP
    assert allowed[b"vary"] == b"origin"
    assert b"access-control-allow-credentials" not in allowed
    assert dict(cors.headers(b"http://localhost:5173")) != allowed
    for other in (None, OTHER, b"null", b"*", APP + b"/", APP.upper(), APP + b":443"):
        assert cors.headers(other) == ((b"vary", b"origin"),)


def test_a_preflight() -> None:
    reply = Cors((APP.decode(),)).preflight(APP, ("GET", "PUT"))
    headers = dict(reply.headers)
    assert (reply.status, reply.body) == (204, b"")
    assert headers[b"access-control-allow-origin"] == APP
    assert headers[b"access-control-allow-methods"] == b"GET, PUT"
    assert b"x-api-key" in headers[b"access-control-allow-headers"]
    with pytest.raises(ApiError) as caught:
        Cors((APP.decode(),)).preflight(OTHER, ("GET", "PUT"))
    assert caught.value.status == 403
    assert caught.value.headers == ((b"vary", b"origin"),)


@given(st.binary())
def test_any_origin(origin: bytes) -> None:
    cors = Cors(("*",))
    assert dict(cors.headers(origin))[b"access-control-allow-origin"] == b"*"
    assert cors.preflight(origin, ("POST",)).status == 204


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "app.example.org",
        "https://",
        "https://app.example.org/",
        "https://App.example.org",
        "https://user@app.example.org",
        "https://app.example.org?",
        "https://*.example.org",
        "ftp://app.example.org",
        "https://app.example.org\n",
        "https://ä.example",
        "https://app.example.org https://b",
        "https://[::1",
        "null",
    ],
)
def test_what_is_no_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(ConfigError, match=r"serving\.cors_origins"):
        Cors((origin,))


@given(st.text())
def test_any_text_is_an_origin_or_refused(origin: str) -> None:
    try:
        cors = Cors((origin,))
    except ConfigError:
        return
    assert dict(cors.headers(origin.encode()))[b"access-control-allow-origin"] == origin.encode()
