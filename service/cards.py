"""``GET /model/card``: the model card of the version that answers now."""

import base64
import hashlib

from service.calls import ApiError, Call, Headers, Reply
from service.headers import SHARED_HEADERS, Pairs
from service.models.fleet import Fleet
from service.pages import has_copy

HTML, MARKDOWN = "text/html", "text/markdown"
MEDIA = (HTML, MARKDOWN)
_HEADERS: Pairs = (
    *SHARED_HEADERS,
    # Behind a key no shared cache may keep it; a browser asks again, since versions change.
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"accept"),
)


class Cards:
    """The route of the cards."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def card(self, call: Call) -> Reply:
        """As a page, or as Markdown for who accepts that and no HTML; 304 for who has it."""
        model = self._fleet.slot(call.model).champion
        card, digest = model.card, model.release.card_sha256
        if card is None or digest is None:
            message = f"{model.name} version {model.version} was released without a model card"
            raise ApiError(404, "no_card", message)
        is_markdown = _wants_markdown(call.headers)
        media, text = (MARKDOWN, card.markdown) if is_markdown else (HTML, card.html)
        etag = f'"{digest[:32]}-{media[5:]}"'.encode()
        headers = (*_HEADERS, (b"etag", etag), _policy(card.html))
        content_type = f"{media}; charset=utf-8".encode()
        if has_copy(call.headers, etag):
            return Reply(304, b"", content_type, headers)
        return Reply(200, text.encode(), content_type, headers)


def _wants_markdown(headers: Headers) -> bool:
    accepted = b",".join(value for name, value in headers if name == b"accept")
    media = {item.partition(b";")[0].strip().lower() for item in accepted.split(b",")}
    return MARKDOWN.encode() in media and HTML.encode() not in media


def _policy(html: str) -> tuple[bytes, bytes]:
    """Nothing but the page's own style sheet (Content Security Policy 3, section 8.2, hashes)."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest())
    return (
        b"content-security-policy",
        b"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'" % digest,
    )
