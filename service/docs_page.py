"""``GET /docs``: the OpenAPI document in Swagger UI, whose files BentoML brings along."""

from importlib.resources import files

from service.calls import ApiError, Call, Reply
from service.headers import SHARED_HEADERS

# Swagger UI writes style attributes; its scripts are files.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (*SHARED_HEADERS, (b"content-security-policy", POLICY))
PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = b'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui"});\n'
ASSETS = {"swagger-ui.css": b"text/css", "swagger-ui-bundle.js": b"text/javascript"}


async def docs(_: Call) -> Reply:
    """The page."""
    return Reply(200, PAGE, b"text/html; charset=utf-8", HEADERS)


async def docs_asset(call: Call) -> Reply:
    """One of its files, read when it is asked for: few look at the page."""
    name = call.path.rpartition("/")[2]
    if name == "start.js":
        return Reply(200, START, b"text/javascript", HEADERS)
    if name not in ASSETS:
        raise ApiError(404, "not_found", f"the page has no file {name[:80]!r}")
    folder = files("bentoml._internal.server") / "static_content"
    return Reply(200, (folder / name).read_bytes(), ASSETS[name], HEADERS)
