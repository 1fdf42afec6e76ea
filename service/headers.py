"""The headers of every answer, made once; and who may call from a browser.

The policies are those of OWASP's REST Security and HTTP Headers Cheat Sheets. HTTPS and its
Strict-Transport-Security belong to the proxy in front.
"""

import re

from core.errors import ConfigError
from service.calls import ApiError, Reply

Pairs = tuple[tuple[bytes, bytes], ...]

SHARED_HEADERS: Pairs = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
API_HEADERS: Pairs = (
    *SHARED_HEADERS,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
PAGE_HEADERS: Pairs = (
    *SHARED_HEADERS,
    (b"cache-control", b"no-cache"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)

# As a browser sends it.
_ORIGIN = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[1-9][0-9]{0,4})?"
)
_VARY = (b"vary", b"origin")
_EXPOSED = (b"access-control-expose-headers", b"x-request-id, retry-after")
_REQUEST_HEADERS = b"authorization, content-type, x-api-key, x-request-id"
_MAX_AGE = b"600"  # seconds a browser may remember a preflight


class Cors:
    """Cross-origin calls (the Fetch standard, section 3.2), closed unless origins are named.

    Cookies play no part, so ``*`` is as safe as the keys are.

    Args:
        origins: Such as ``https://app.example.org``; ``*`` for any.

    Raises:
        ConfigError: One of them is no origin, and would match none.
    """

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._by_origin = {_checked(origin): _allowing(origin) for origin in origins}
        self._any = self._by_origin.get(b"*")
        self._refused: Pairs = (_VARY,) if origins and not self._any else ()

    def headers(self, origin: bytes | None) -> Pairs:
        """What an answer to this ``Origin`` header carries besides."""
        if self._any:
            return self._any
        if origin is None:
            return self._refused
        return self._by_origin.get(origin, self._refused)

    def preflight(self, origin: bytes, methods: tuple[str, ...]) -> Reply:
        """The answer to OPTIONS with an Origin, for a route with these methods.

        Its headers hold those of ``headers`` already.

        Raises:
            ApiError: 403, this origin may not call.
        """
        allowing = self.headers(origin)
        if allowing == self._refused:
            raise ApiError(
                403,
                "origin_refused",
                "this origin may not call; name it in serving.cors_origins",
                headers=self._refused,
            )
        headers = (
            *allowing,
            (b"access-control-allow-methods", ", ".join(methods).encode()),
            (b"access-control-allow-headers", _REQUEST_HEADERS),
            (b"access-control-max-age", _MAX_AGE),
        )
        return Reply(204, b"", headers=headers)


def _allowing(origin: str) -> Pairs:
    allowed = (b"access-control-allow-origin", origin.encode())
    return (allowed, _EXPOSED) if origin == "*" else (allowed, _EXPOSED, _VARY)


def _checked(origin: str) -> bytes:
    if origin == "*" or _ORIGIN.fullmatch(origin):
        return origin.encode()
    raise ConfigError(
        f"serving.cors_origins: {origin!r} is no origin; write it like https://app.example.org "
        "(lower case, no path, no slash at the end) or '*'"
    )
