"""API keys: how they are made, and the lines of the file that a server reads them from.

A key is 256 random bits, so a plain SHA-256 of it can be kept: nobody can try 2^256 keys, and a
salt or a slow hash, which passwords need because people choose them, would add nothing but time.
NIST SP 800-63B, section 5.1.2.2, asks the same of look-up secrets: from 112 bits of entropy an
approved one-way hash, below that a salted, slow one.
"""

import re
import secrets
from hashlib import sha256
from typing import Literal, NamedTuple, get_args

from core.errors import ConfigError

Scope = Literal["predict", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
# Lets people and secret scanners recognise a key.
PREFIX = "gh_"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ApiKey(NamedTuple):
    """What a server knows of a key.

    Attributes:
        name: Who uses it; stands in logs.
        scope: ``admin`` includes ``predict``.
        digest: SHA-256 of the key, hexadecimal.
    """

    name: str
    scope: Scope
    digest: str

    @property
    def line(self) -> str:
        """The key's line in the keys file."""
        return ":".join(self)


def new_key(name: str, scope: Scope) -> tuple[str, ApiKey]:
    """A new random key, and what a server may know of it.

    Raises:
        ConfigError: The name has other characters than letters, digits and ``_.-``.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(_bad_name(name))
    key = PREFIX + secrets.token_urlsafe(32)
    return key, ApiKey(name, scope, sha256(key.encode()).hexdigest())


def parse_keys(text: str) -> list[ApiKey]:
    """Read lines ``NAME:SCOPE:SHA256``; blank ones and those that start with ``#`` don't count.

    Raises:
        ConfigError: A line is none of these, or names a name or a key that was there before.
    """
    keys: list[ApiKey] = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.strip()
        if content and not content.startswith("#"):
            try:
                key = _parse_line(content)
                _refuse_repetition(key, keys)
            except ConfigError as error:
                raise ConfigError(f"API keys, line {number}: {error}") from error
            keys.append(key)
    return keys


def _parse_line(line: str) -> ApiKey:
    # The line is in no message: somebody may have put a key there.
    fields = [field.strip() for field in line.split(":")]
    if len(fields) != len(ApiKey._fields):
        raise ConfigError("expected NAME:SCOPE:SHA256; make one with: run.py api-key NAME")
    name, scope, digest = fields
    if not _NAME.fullmatch(name):
        raise ConfigError(_bad_name(name))
    if not _DIGEST.fullmatch(digest.lower()):
        raise ConfigError(f"the third field of {name!r} is no SHA-256 (64 hexadecimal digits)")
    for known in SCOPES:
        if scope == known:
            return ApiKey(name, known, digest.lower())
    raise ConfigError(f"scope {scope!r} of {name!r} is unknown; use {' or '.join(SCOPES)}")


def _refuse_repetition(key: ApiKey, earlier: list[ApiKey]) -> None:
    for other in earlier:
        if key.name == other.name:
            raise ConfigError(f"the name {key.name!r} is there twice; give each key its own")
        if key.digest == other.digest:
            raise ConfigError(f"{key.name!r} and {other.name!r} have the same key")


def _bad_name(name: str) -> str:
    return f"name {name!r} must have 1 to 64 letters, digits, _ . -, and start with no sign"
