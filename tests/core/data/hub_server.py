"""A stand-in for the Hugging Face hub: its API for models and data sets of Parquet files."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Repository:
    """One data set or model, all files in its root; ``requests`` records what was asked."""

    name: str
    files: dict[str, bytes]
    kind: str = "datasets"
    requests: list[str] = field(default_factory=list)

    def entry(self, path: str) -> dict[str, object]:
        content = self.files[path]
        oid = hashlib.sha1(content).hexdigest()
        return {"type": "file", "path": path, "size": len(content), "oid": oid}


@contextmanager
def serve(repository: Repository) -> Iterator[str]:
    """Serves on a free port; gives the address for HF_ENDPOINT."""
    handler = type("Handler", (_Handler,), {"repository": repository})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    repository: Repository
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.repository.requests.append(path)
        name, files, kind = self.repository.name, self.repository.files, self.repository.kind
        web = f"/{name}/resolve/{SHA}/" if kind == "models" else f"/{kind}/{name}/resolve/{SHA}/"
        api = f"/api/{kind}/{name}"
        if path in (api, f"{api}/revision/main", f"{api}/revision/{SHA}"):
            self._send(json.dumps({"id": name, "sha": SHA}).encode())
        elif path.startswith(f"{api}/revision/"):
            self._error("RevisionNotFound")
        elif path == f"{api}/tree/{SHA}":
            self._send(json.dumps([self.repository.entry(file) for file in files]).encode())
        elif path.startswith(web):
            self._file(path.removeprefix(web))
        else:
            self._error("EntryNotFound" if path.startswith(api) else "RepoNotFound")

    do_HEAD = do_GET  # noqa: N815 (http.server's name)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length)).get("paths", [])
        found = [self.repository.entry(path) for path in asked if path in self.repository.files]
        self._send(json.dumps(found).encode())

    def _file(self, path: str) -> None:
        if path not in self.repository.files:
            return self._error("EntryNotFound")
        etag = {"ETag": f'"{self.repository.entry(path)["oid"]}"', "X-Repo-Commit": SHA}
        return self._send(self.repository.files[path], etag)

    def _error(self, code: str) -> None:
        self._send(b"{}", {"X-Error-Code": code}, status=404)

    def _send(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keeps the test's output clean."""
