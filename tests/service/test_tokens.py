"""JSON Web Tokens: what a right one opens, and the known attacks."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, strategies as st

from core.api_keys import new_key
from core.errors import ConfigError
from service.calls import ApiError, Headers
from service.credentials import Level
from service.guard import Guard
from service.tokens import CACHED_TOKENS, MAX_TOKEN_BYTES, TokenVerifier

SECRET = "s" * 32
LONG_AGO, SOON = int(time.time()) - 3600, int(time.time()) + 3600
CLAIMS = {"sub": "alice", "exp": SOON, "scope": "predict"}


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    info = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, info).decode()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def shared() -> TokenVerifier:
    return TokenVerifier("HS256", SECRET.encode())


def sign(claims: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256") -> bytes:
    return jwt.encode(claims, key, algorithm).encode()


def forge(header: Any, claims: Any, key: bytes) -> bytes:
    """A token by hand, which PyJWT would refuse to make."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    signed = b".".join(part.rstrip(b"=") for part in parts)
    signature = hmac.new(key, signed, sha256).digest()
    return signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


def refusal(verifier: TokenVerifier, token: bytes) -> str:
    with pytest.raises(ApiError) as caught:
        verifier.verify(token)
    error = caught.value
    assert (error.status, error.code) == (401, "unauthorized")
    assert error.headers == (
        (b"www-authenticate", b'Bearer realm="gatehouse", error="invalid_token"'),
    )
    return error.message


@pytest.mark.parametrize(
    ("scope", "levels"),
    [
        ("predict", {"predict"}),
        ("admin", {"predict", "admin"}),
        ("openid  admin predict", {"predict", "admin"}),
        ("administrator PREDICT", set()),
        ("", set()),
        (["admin"], set()),
        (None, set()),
    ],
)
def test_scopes(shared: TokenVerifier, scope: Any, levels: set[Level]) -> None:
    client = shared.verify(sign(CLAIMS | {"scope": scope}))
    assert (client.name, client.levels) == ("token:alice", levels)


def test_an_rs256_token(monkeypatch: pytest.MonkeyPatch, rsa_key: rsa.RSAPrivateKey) -> None:
    monkeypatch.setenv("GATEHOUSE_JWT_PUBLIC_KEY", public_pem(rsa_key))
    guard = Guard.from_environment()
    headers = [(b"authorization", b"Bearer " + sign(CLAIMS, private_pem(rsa_key), "RS256"))]
    assert guard.check("predict", headers, "192.0.2.7") == "token:alice"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"exp": LONG_AGO}, "expired"),
        ({"exp": None}, 'missing the "exp" claim'),
        ({"exp": "soon"}, "exp"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": [SOON]}, "exp"),
        ({"nbf": SOON}, "not yet valid"),
        ({"iat": SOON}, "not yet valid"),
        ({"iat": "now"}, "iat"),
        ({"sub": None}, 'missing the "sub" claim'),
        ({"sub": 7}, "subject must be a string"),
        ({"sub": ""}, "subject"),
        ({"sub": "a\nb"}, "printable"),
        ({"sub": "a" * 257}, "subject"),
        ({"aud": "another"}, "audience"),
    ],
)
def test_wrong_claims(shared: TokenVerifier, change: dict[str, Any], reason: str) -> None:
    header = {"typ": "JWT", "alg": "HS256"}
    message = refusal(shared, forge(header, CLAIMS | change, SECRET.encode()))
    assert reason in message


@pytest.mark.parametrize("claim", ["exp", "sub"])
def test_a_missing_claim(shared: TokenVerifier, claim: str) -> None:
    token = sign({name: value for name, value in CLAIMS.items() if name != claim})
    assert f'missing the "{claim}" claim' in refusal(shared, token)


def test_huge_times_are_no_error(shared: TokenVerifier) -> None:
    assert shared.verify(sign(CLAIMS | {"exp": 10**400})).name == "token:alice"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "RS256", "", 7, None])
def test_another_algorithm_is_refused(shared: TokenVerifier, algorithm: Any) -> None:
    token = forge({"alg": algorithm}, CLAIMS, SECRET.encode())
    refusal(shared, token)
    refusal(shared, token.rpartition(b".")[0] + b".")


def test_a_public_key_is_no_shared_secret(rsa_key: rsa.RSAPrivateKey) -> None:
    """The confusion attack: HS256 over the public key, which everybody knows."""
    verifier = TokenVerifier("RS256", rsa_key.public_key())
    token = forge({"alg": "HS256"}, CLAIMS, public_pem(rsa_key).encode())
    assert "alg" in refusal(verifier, token)


def test_a_changed_token_is_refused(shared: TokenVerifier) -> None:
    token = sign(CLAIMS)
    shared.verify(token)
    header, claims, signature = token.split(b".")
    richer = sign(CLAIMS | {"scope": "admin"}, "x" * 32).split(b".")[1]
    for other in ((header, richer, signature), (header, claims, signature[::-1]), (claims, header)):
        refusal(shared, b".".join(other))
    refusal(shared, sign(CLAIMS, "x" * 32))


@given(st.one_of(st.binary(), st.lists(st.text().map(str.encode), max_size=5).map(b".".join)))
def test_nothing_random_is_a_token(shared: TokenVerifier, token: bytes) -> None:
    refusal(shared, token)


@given(
    header=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3)
    | st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "zip"]), st.text()),
    claims=st.dictionaries(st.text(), st.integers() | st.text()),
)
def test_no_signed_nonsense_is_an_error_of_ours(header: Any, claims: dict[str, Any]) -> None:
    verifier = TokenVerifier("HS256", SECRET.encode())
    refusal(verifier, forge(header, claims, SECRET.encode()))


def test_deep_json_is_refused(shared: TokenVerifier) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 4000).rstrip(b"=")
    refusal(shared, deep + b".e30.AA")


def test_a_long_token_is_refused_unread(shared: TokenVerifier) -> None:
    token = sign(CLAIMS | {"more": "x" * MAX_TOKEN_BYTES})
    assert "longer than" in refusal(shared, token)


@pytest.mark.parametrize("given_", [{}, {"aud": "b", "iss": "i"}, {"aud": ["b", "c"], "iss": "i"}])
def test_another_audience_is_refused(given_: dict[str, Any]) -> None:
    verifier = TokenVerifier("HS256", SECRET.encode(), audience="a")
    assert "aud" in refusal(verifier, sign(CLAIMS | given_))


@pytest.mark.parametrize("given_", [{}, {"iss": "j"}, {"iss": ["i"]}, {"iss": "ii"}])
def test_another_issuer_is_refused(given_: dict[str, Any]) -> None:
    verifier = TokenVerifier("HS256", SECRET.encode(), issuer="i")
    assert "iss" in refusal(verifier, forge({"alg": "HS256"}, CLAIMS | given_, SECRET.encode()))


@pytest.mark.parametrize("audience", ["a", ["b", "a"]])
def test_the_right_audience_and_issuer(monkeypatch: pytest.MonkeyPatch, audience: Any) -> None:
    monkeypatch.setenv("GATEHOUSE_JWT_SECRET", SECRET)
    monkeypatch.setenv("GATEHOUSE_JWT_AUDIENCE", "a")
    monkeypatch.setenv("GATEHOUSE_JWT_ISSUER", "i")
    verifier = TokenVerifier.from_environment()
    assert verifier
    assert verifier.verify(sign(CLAIMS | {"aud": audience, "iss": "i"})).name == "token:alice"
    refusal(verifier, sign(CLAIMS))


def test_a_known_token_is_not_known_longer_than_it_lives(
    shared: TokenVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = TokenVerifier("HS256", SECRET.encode())
    token = sign(CLAIMS)
    first = verifier.verify(token)
    assert verifier.verify(token) is first
    monkeypatch.setattr(verifier, "key", b"x" * 32)
    assert verifier.verify(token) is first
    monkeypatch.setattr(time, "time", lambda: SOON + 0.5)
    assert "signature" in refusal(verifier, token)


def test_few_tokens_are_remembered() -> None:
    verifier = TokenVerifier("HS256", SECRET.encode())
    tokens = [sign(CLAIMS | {"sub": str(number)}) for number in range(CACHED_TOKENS + 10)]
    names = [verifier.verify(token).name for token in tokens]
    assert names == [f"token:{number}" for number in range(CACHED_TOKENS + 10)]
    assert len(verifier._known) == CACHED_TOKENS


def bearer(token: bytes) -> Headers:
    return [(b"authorization", b"Bearer " + token)]


def test_the_guard_takes_keys_and_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    key, known = new_key("ci", "predict")
    monkeypatch.setenv("GATEHOUSE_API_KEYS", known.line)
    monkeypatch.setenv("GATEHOUSE_JWT_SECRET", SECRET)
    guard = Guard.from_environment()
    token = sign(CLAIMS | {"sub": "ci", "scope": "admin"})
    assert guard.check("predict", bearer(key.encode()), "a") == "key:ci"
    assert guard.check("admin", bearer(token), "a") == "token:ci"
    for level, headers, status in [
        ("predict", [], 401),
        ("predict", [(b"x-api-key", token)], 401),
        ("predict", bearer(sign(CLAIMS | {"scope": ""})), 403),
        ("admin", bearer(sign(CLAIMS)), 403),
    ]:
        with pytest.raises(ApiError) as caught:
            guard.check(level, headers, "a")
        assert caught.value.status == status


EC_KEY = public_pem(ec.generate_private_key(ec.SECP256R1()))
Keys = Callable[[rsa.RSAPrivateKey], dict[str, str]]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (lambda key: {"SECRET": "s" * 31}, "SECRET has 31 bytes; HS256 needs 32"),
        (lambda key: {"SECRET": public_pem(key)}, "SECRET is a PEM key"),
        (lambda key: {"SECRET": SECRET, "PUBLIC_KEY": public_pem(key)}, "are both set"),
        (lambda key: {"PUBLIC_KEY": private_pem(key)}, "is a private key"),
        (lambda key: {"PUBLIC_KEY": SECRET}, "is no public key in PEM form"),
        (lambda key: {"PUBLIC_KEY": EC_KEY}, "is no RSA key of 2048 bits"),
        (lambda key: {"AUDIENCE": "a"}, "_ISSUER is set, but no key"),
        (lambda key: {"ISSUER": "i"}, "_ISSUER is set, but no key"),
        (lambda key: {"SECRET": SECRET, "AUDIENCE": ""}, "AUDIENCE is set but empty"),
    ],
)
def test_a_server_does_not_start_with_a_wrong_key(
    monkeypatch: pytest.MonkeyPatch, rsa_key: rsa.RSAPrivateKey, variables: Keys, message: str
) -> None:
    for name, value in variables(rsa_key).items():
        monkeypatch.setenv(f"GATEHOUSE_JWT_{name}", value)
    with pytest.raises(ConfigError, match=message):
        Guard.from_environment()


def test_a_short_rsa_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    short = public_pem(rsa.generate_private_key(65537, 1024))
    monkeypatch.setenv("GATEHOUSE_JWT_PUBLIC_KEY", short)
    with pytest.raises(ConfigError, match="is no RSA key of 2048 bits"):
        Guard.from_environment()
