"""Who may do what, and how a request says who it is."""

from hashlib import sha256
from typing import Literal, NamedTuple

from core.api_keys import parse_keys
from core.errors import ConfigError
from service.calls import ApiError, Headers
from service.secrets import secret

Level = Literal["open", "predict", "admin"]
_GRANTS: dict[str, frozenset[Level]] = {
    "predict": frozenset({"predict"}),
    "admin": frozenset({"predict", "admin"}),
}


class Identity(NamedTuple):
    """A client that proved who it is.

    Attributes:
        name: ``key:NAME`` or ``token:SUBJECT``; thus never another's, nor an address.
        levels: What it may do.
    """

    name: str
    levels: frozenset[Level]


def granted(scope: str) -> frozenset[Level]:
    """What a scope allows; nothing if it is unknown."""
    return _GRANTS.get(scope, frozenset())


def read_api_keys() -> dict[bytes, Identity]:
    """Identities by the SHA-256 of their keys; empty if no keys are configured.

    Raises:
        ConfigError: The keys can't be read, are wrong, or none is there.
    """
    text = secret("GATEHOUSE_API_KEYS")
    if text is None:
        return {}
    keys = parse_keys(text)
    if not keys:
        raise ConfigError("GATEHOUSE_API_KEYS holds no key; make one with: run.py api-key NAME")
    return {
        bytes.fromhex(key.digest): Identity(f"key:{key.name}", granted(key.scope)) for key in keys
    }


def digest(key: bytes) -> bytes:
    """What keys are looked up by.

    Looking up a digest tells nothing by its timing: nobody can choose digests, Python's hash of
    it has a random key, and bytes are compared only once that hash is equal.
    """
    return sha256(key).digest()


def find_credential(headers: Headers) -> tuple[bytes, bool] | None:
    """The credential of a request, and whether it may be a token (``Authorization``).

    None if there is none.

    Raises:
        ApiError: 401, there are several, or one of another kind than ``Bearer``.
    """
    found: tuple[bytes, bool] | None = None
    for name, value in headers:
        if name == b"authorization":
            scheme, _, credential = value.partition(b" ")
            if scheme.lower() != b"bearer":
                raise unauthorized("use Authorization: Bearer KEY or X-API-Key: KEY")
            candidate = credential.strip(), True
        elif name == b"x-api-key":
            candidate = value, False
        else:
            continue
        if found:
            raise unauthorized("send one Authorization or X-API-Key header, not several")
        found = candidate
    return found


def unauthorized(message: str, error: str = "") -> ApiError:
    """A 401; ``error`` is the code of RFC 6750, section 3.1, if a credential was sent."""
    challenge = b'Bearer realm="gatehouse"' + (f', error="{error}"'.encode() if error else b"")
    return ApiError(401, "unauthorized", message, headers=((b"www-authenticate", challenge),))
