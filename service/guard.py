"""Decides who a request comes from, and whether it may do what it asks for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.calls import ApiError, Headers
from service.credentials import (
    Identity,
    Level,
    digest,
    find_credential,
    read_api_keys,
    unauthorized,
)
from service.secrets import KNOWN, refuse_unknown_names, secret

if TYPE_CHECKING:
    from service.tokens import TokenVerifier

ADMIN_CLOSED = (
    "admin routes are closed, since no keys are configured; make one with "
    "`run.py api-key NAME --scope admin` and start the server with GATEHOUSE_API_KEYS_FILE"
)


@dataclass(frozen=True)
class Guard:
    """The door. With neither keys nor tokens, predictions are open and admin routes closed."""

    keys: dict[bytes, Identity]
    tokens: "TokenVerifier | None" = None

    @classmethod
    def from_environment(cls) -> "Guard":
        """Read ``GATEHOUSE_API_KEYS`` and ``GATEHOUSE_JWT_...`` once.

        Raises:
            ConfigError: Something of it is wrong; a server must not start then.
        """
        refuse_unknown_names()
        return cls(read_api_keys(), _token_verifier())

    def check(self, level: Level, headers: Headers, address: str) -> str:
        """The client's name: ``key:NAME``, ``token:SUBJECT``, or its address.

        Raises:
            ApiError: 401 with WWW-Authenticate if the client is unknown; 403 if it may not.
        """
        if level == "open":
            return address
        if not self.keys and self.tokens is None:
            if level == "admin":
                raise ApiError(403, "admin_closed", ADMIN_CLOSED)
            return address
        client = self._identify(headers)
        if level not in client.levels:
            raise _forbidden(client, level)
        return client.name

    def _identify(self, headers: Headers) -> Identity:
        found = find_credential(headers)
        if found is None:
            raise unauthorized("send Authorization: Bearer KEY or X-API-Key: KEY")
        credential, may_be_token = found
        if identity := self.keys.get(digest(credential)):
            return identity
        if self.tokens and may_be_token:
            return self.tokens.verify(credential)
        raise unauthorized("the API key is unknown", "invalid_token")


def _token_verifier() -> "TokenVerifier | None":
    if not any(secret(name) for name in KNOWN if name.startswith("GATEHOUSE_JWT_")):
        return None
    # Only now: it takes tens of milliseconds, and few servers need it.
    from service.tokens import TokenVerifier

    return TokenVerifier.from_environment()


def _forbidden(client: Identity, level: Level) -> ApiError:
    challenge = f'Bearer realm="gatehouse", error="insufficient_scope", scope="{level}"'
    return ApiError(
        403,
        "forbidden",
        f"{client.name} lacks the scope {level!r}",
        headers=((b"www-authenticate", challenge.encode()),),
    )
