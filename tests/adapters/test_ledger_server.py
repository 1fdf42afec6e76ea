"""Two machines on one ZenML server: writers of both at one ledger, over REST."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from psutil import Process

from tests.adapters.ledger_writers import begin_once, check, look, share_stack, together, write_many

pytestmark = pytest.mark.integration
WRITERS = ["0", "1", "2", "3"]
EACH = 5
START_SECONDS = 180


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[str, str]]]:
    """The environments of two machines that share a server and its stack, and no folder else."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    password, url = secrets.token_hex(16), f"http://127.0.0.1:{port}"
    server = _server(folder, port, password)
    try:
        _wait(server, f"{url}/health", folder / "log")
        homes = [_home(folder / name, url, password) for name in ("one", "two")]
        for home in homes:
            assert together(share_stack, ["0"], str(folder / "shared"), homes=[home]) == [0]
            assert together(look, ["0"], homes=[home]) == [0]
        yield homes
    finally:
        for process in (*Process(server.pid).children(recursive=True), server):
            process.kill()
        server.wait()


def _server(folder: Path, port: int, password: str) -> subprocess.Popen[bytes]:
    own = {
        "ZENML_CONFIG_PATH": f"{folder}/zenml",
        "ZENML_LOCAL_STORES_PATH": f"{folder}/stores",
        "ZENML_SERVER": "true",
        "ZENML_SERVER_DEPLOYMENT_TYPE": "other",
        "ZENML_SERVER_AUTO_ACTIVATE": "1",
        "ZENML_SERVER_JWT_SECRET_KEY": secrets.token_hex(32),
        "ZENML_STORE_TYPE": "sql",
        "ZENML_STORE_URL": f"sqlite:///{folder}/zenml.db",
        "ZENML_DEFAULT_USER_NAME": "default",
        "ZENML_DEFAULT_USER_PASSWORD": password,
    }
    application = "zenml.zen_server.zen_server_api:app"
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, env=os.environ | own, cwd=folder, stdout=log, stderr=log)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(log.read_text(encoding="utf-8")[-2000:])


def _home(folder: Path, url: str, password: str) -> dict[str, str]:
    (folder / "repository").mkdir(parents=True)
    return {
        "ZENML_CONFIG_PATH": f"{folder}/zenml",
        "ZENML_LOCAL_STORES_PATH": f"{folder}/stores",
        "ZENML_REPOSITORY_PATH": f"{folder}/repository",
        "BENTOML_HOME": f"{folder}/bentoml",
        "ZENML_STORE_TYPE": "rest",
        "ZENML_STORE_URL": url,
        "ZENML_STORE_USERNAME": "default",
        "ZENML_STORE_PASSWORD": password,
    }


def test_no_entry_is_lost(machines: list[Mapping[str, str]]) -> None:
    codes = together(write_many, WRITERS, "served", EACH, homes=machines)
    assert codes == [0] * len(WRITERS)
    assert together(check, ["0", "1"], "served", WRITERS, EACH, homes=machines) == [0, 0]


def test_one_of_many_begins(machines: list[Mapping[str, str]]) -> None:
    codes = together(begin_once, WRITERS, "lock", homes=machines)
    assert sorted(codes) == [0] + [3] * (len(WRITERS) - 1)
