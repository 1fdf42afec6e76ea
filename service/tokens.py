"""JSON Web Tokens (RFC 7519): one key, one algorithm, as RFC 8725 demands."""

import time
from dataclasses import dataclass, field
from typing import Any, Literal

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core.errors import ConfigError
from service.calls import ApiError
from service.credentials import Identity, Level, granted, unauthorized
from service.secrets import secret

MIN_SECRET_BYTES = 32  # RFC 7518, section 3.2
MIN_RSA_BITS = 2048  # RFC 7518, section 3.3
MAX_TOKEN_BYTES = 8192
MAX_SUBJECT_LENGTH = 256
CACHED_TOKENS = 1024
# Two machines' clocks are never quite the same.
LEEWAY_SECONDS = 30


@dataclass
class TokenVerifier:
    """Checks tokens, and remembers those that were right until they expire.

    Attributes:
        algorithm: The only one accepted, whatever a token's header says.
        key: The shared secret or the public key.
        audience: Asked of ``aud``; None: a token that names one is refused.
        issuer: Asked of ``iss``; None: anyone.
    """

    algorithm: Literal["HS256", "RS256"]
    key: bytes | RSAPublicKey
    audience: str | None = None
    issuer: str | None = None
    _known: dict[bytes, tuple[Identity, int]] = field(default_factory=dict)

    @classmethod
    def from_environment(cls) -> "TokenVerifier | None":
        """As the variables ``GATEHOUSE_JWT_...`` say; None if they name no key.

        Raises:
            ConfigError: They are wrong, or contradict each other.
        """
        shared, public = secret("GATEHOUSE_JWT_SECRET"), secret("GATEHOUSE_JWT_PUBLIC_KEY")
        audience, issuer = secret("GATEHOUSE_JWT_AUDIENCE"), secret("GATEHOUSE_JWT_ISSUER")
        if shared and public:
            raise ConfigError(
                "GATEHOUSE_JWT_SECRET and GATEHOUSE_JWT_PUBLIC_KEY are both set; unset one"
            )
        if shared:
            return cls("HS256", _shared_key(shared), audience, issuer)
        if public:
            return cls("RS256", _public_key(public), audience, issuer)
        if audience or issuer:
            raise ConfigError(
                "GATEHOUSE_JWT_AUDIENCE or _ISSUER is set, but no key: set "
                "GATEHOUSE_JWT_SECRET or GATEHOUSE_JWT_PUBLIC_KEY"
            )
        return None

    def verify(self, token: bytes) -> Identity:
        """The client of a token.

        Raises:
            ApiError: 401, the token is not to be trusted.
        """
        identity, expires = self._known.get(token, (None, 0))
        if identity and time.time() < expires:
            return identity
        if len(token) > MAX_TOKEN_BYTES:
            raise _refused(f"it is longer than {MAX_TOKEN_BYTES} bytes")
        claims = self._claims(token)
        identity = _identity(claims)
        if len(self._known) >= CACHED_TOKENS:
            self._known.pop(next(iter(self._known)))
        self._known[token] = identity, int(claims["exp"])
        return identity

    def _claims(self, token: bytes) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self.key,
                algorithms=[self.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise _refused(str(error).lower()) from error


def _identity(claims: dict[str, Any]) -> Identity:
    subject, scope = claims["sub"], claims.get("scope")
    if not (0 < len(subject) <= MAX_SUBJECT_LENGTH and subject.isprintable()):
        raise _refused(f"its subject is not 1 to {MAX_SUBJECT_LENGTH} printable characters")
    levels: frozenset[Level] = frozenset()
    for name in scope.split() if isinstance(scope, str) else ():
        levels |= granted(name)
    return Identity(f"token:{subject}", levels)


def _refused(reason: str) -> ApiError:
    return unauthorized(f"the token is refused: {reason}", "invalid_token")


def _shared_key(text: str) -> bytes:
    key = text.encode()
    if b"-----BEGIN " in key:
        raise ConfigError("GATEHOUSE_JWT_SECRET is a PEM key; set GATEHOUSE_JWT_PUBLIC_KEY instead")
    if len(key) < MIN_SECRET_BYTES:
        raise ConfigError(
            f"GATEHOUSE_JWT_SECRET has {len(key)} bytes; HS256 needs {MIN_SECRET_BYTES} or more"
        )
    return key


def _public_key(text: str) -> RSAPublicKey:
    if "PRIVATE KEY-----" in text:
        raise ConfigError("GATEHOUSE_JWT_PUBLIC_KEY is a private key; that stays with the issuer")
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError("GATEHOUSE_JWT_PUBLIC_KEY is no public key in PEM form") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise ConfigError(
            f"GATEHOUSE_JWT_PUBLIC_KEY is no RSA key of {MIN_RSA_BITS} bits or more, as RS256 needs"
        )
    return key
