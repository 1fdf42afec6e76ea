"""The page at ``/`` and its files: read once, sent from memory."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from service.calls import Call, Headers, Reply
from service.headers import PAGE_HEADERS

FOLDER = Path(__file__).parent / "page"
SCRIPT = b"text/javascript; charset=utf-8"
FILES = {
    "/": ("index.html", b"text/html; charset=utf-8"),
    "/app.js": ("app.js", SCRIPT),
    "/answer.js": ("answer.js", SCRIPT),
    "/api.js": ("api.js", SCRIPT),
    "/dom.js": ("dom.js", SCRIPT),
    "/form.js": ("form.js", SCRIPT),
    "/style.css": ("style.css", b"text/css; charset=utf-8"),
    "/favicon.svg": ("favicon.svg", b"image/svg+xml"),
}


class _File(NamedTuple):
    etag: bytes
    full: Reply
    unchanged: Reply


async def page(call: Call) -> Reply:
    """One file of the page; 304 for a browser that has it."""
    file = _FILES[call.path]
    return file.unchanged if has_copy(call.headers, file.etag) else file.full


def has_copy(headers: Headers, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names this version, so that 304 will do (RFC 9110, 13.1.2)."""
    known = b",".join(value for name, value in headers if name == b"if-none-match")
    tags = (tag.strip().removeprefix(b"W/") for tag in known.split(b","))
    return any(tag in {etag, b"*"} for tag in tags)


def _read(name: str, content_type: bytes) -> _File:
    body = (FOLDER / name).read_bytes()
    etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode()
    headers = (*PAGE_HEADERS, (b"etag", etag))
    return _File(
        etag,
        Reply(200, body, content_type, headers),
        Reply(304, b"", content_type, headers),
    )


_FILES = {path: _read(*file) for path, file in FILES.items()}
