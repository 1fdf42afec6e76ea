"""The files of the page: their types, their policy, and when they are sent again."""

import asyncio

import pytest

from service.calls import Call, Headers, Reply
from service.pages import FILES, FOLDER, page


def get(path: str, headers: Headers | None = None) -> Reply:
    call = Call("GET", path, headers or [], "r", "c", b"", None, 0.0, 9.0)
    return asyncio.run(page(call))


def etag(path: str) -> bytes:
    return dict(get(path).headers)[b"etag"]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", b"text/html; charset=utf-8"),
        ("/app.js", b"text/javascript; charset=utf-8"),
        ("/form.js", b"text/javascript; charset=utf-8"),
        ("/style.css", b"text/css; charset=utf-8"),
        ("/favicon.svg", b"image/svg+xml"),
    ],
)
def test_every_file_is_served(path: str, content_type: bytes) -> None:
    reply = get(path)
    assert (reply.status, reply.content_type) == (200, content_type)
    assert reply.body == (FOLDER / FILES[path][0]).read_bytes()
    headers = dict(reply.headers)
    policy = headers[b"content-security-policy"]
    assert b"unsafe" not in policy
    assert policy.startswith(b"default-src 'none'; script-src 'self'; style-src 'self';")
    assert headers[b"cache-control"] == b"no-cache"


def test_no_file_is_left_out() -> None:
    assert {name for name, _ in FILES.values()} == {file.name for file in FOLDER.iterdir()}
    assert len({etag(path) for path in FILES}) == len(FILES)


@pytest.mark.parametrize("form", [b"%s", b"W/%s", b'"old", %s', b'"old",W/%s', b"*"])
def test_who_has_it_gets_it_not_again(form: bytes) -> None:
    known = form % etag("/app.js") if b"%" in form else form
    reply = get("/app.js", [(b"if-none-match", known)])
    assert (reply.status, reply.body) == (304, b"")
    assert dict(reply.headers)[b"etag"] == etag("/app.js")


@pytest.mark.parametrize("known", [b'"old"', b"", b'W/"old", "older"', b"*x"])
def test_who_has_another_gets_it(known: bytes) -> None:
    assert get("/app.js", [(b"if-none-match", known)]).status == 200
