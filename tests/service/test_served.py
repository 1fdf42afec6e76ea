"""A built Bento, served by BentoML's own command and asked over HTTP."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bentoml
import httpx
import numpy as np
import psutil
import pytest

from adapters.bento import build_bento
from core.release import SCORER_FOLDER
from service.schemas import ErrorBody
from tests.serving import FACTS, Fitted, fit

pytestmark = pytest.mark.served
ROOT = Path(__file__).parents[2]
DEADLINE = 90


def build(fitted: Fitted, version: str) -> str:
    return build_bento(
        name="news",
        version_label=version,
        scorer_folder=fitted.scorer_folder,
        release=FACTS,
        labels={},
    )


def start(target: str, cwd: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bentoml", "serve", target, "--port", str(port)]
    # From elsewhere: the Bento's own sources must do.
    with (cwd / "serve.log").open("wb") as log:
        return subprocess.Popen(command, cwd=cwd, stdout=log, stderr=subprocess.STDOUT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(target: str, cwd: Path) -> Iterator[httpx.Client]:
    port = free_port()
    server = start(target, cwd, port)
    family = psutil.Process(server.pid)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            wait_until_healthy(client, server, cwd)
            workers = family.children(recursive=True)
            yield client
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        _, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive, "the server left processes behind"
    finally:
        for process in (*_children(server.pid), server):
            process.kill()
        server.wait()


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def wait_until_healthy(client: httpx.Client, server: subprocess.Popen[bytes], cwd: Path) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"not healthy:\n{(cwd / 'serve.log').read_text()}")


def confidences(client: httpx.Client, texts: list[str]) -> np.ndarray:
    """Probabilities by class id, texts in batches of the release's limit."""
    rows = []
    for begin in range(0, len(texts), FACTS.limits.max_batch):
        batch = texts[begin : begin + FACTS.limits.max_batch]
        answer = client.post("/predict/batch", json={"texts": batch, "top_k": 9}).json()
        for prediction in answer["predictions"]:
            scores = {s["label_id"]: s["confidence"] for s in prediction["top_predictions"]}
            rows.append([scores[i] for i in sorted(scores)])
    return np.array(rows)


def test_a_served_bento_keeps_to_its_model(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path
) -> None:
    tag = build(fitted, "1")
    expected = fitted.estimator.predict_proba(fitted.texts)
    with served("news:latest", tmp_path) as client:
        np.testing.assert_allclose(confidences(client, fitted.texts), expected, rtol=0, atol=1e-9)
        assert client.get("/model/info").json()["model_tag"] == tag
        for path in ("/livez", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200, path
        for method, path, status in (
            ("GET", "/nowhere", 404),
            ("GET", "/predict", 405),
            ("POST", "/predict", 422),
        ):
            response = client.request(method, path)
            assert response.status_code == status
            ErrorBody.model_validate_json(response.text)

    newer = fit(tmp_path / "newer", seed=77)
    _store_newer_model(newer)
    with served(tag, tmp_path) as client:
        np.testing.assert_allclose(confidences(client, fitted.texts), expected, rtol=0, atol=1e-9)
        assert client.post("/predict", json={"text": "goal"}).json()["model_version"] == "1"
    assert not np.allclose(newer.estimator.predict_proba(fitted.texts), expected, atol=1e-6)


def _store_newer_model(newer: Fitted) -> None:
    """Into the same name, so that "latest" is now another model."""
    with bentoml.models.create("news") as model:
        shutil.copytree(newer.scorer_folder, Path(model.path_of(SCORER_FOLDER)))
    assert str(bentoml.models.get("news:latest").tag) == str(model.tag)


def test_an_altered_scorer_is_not_served(
    bentoml_home: Path, fitted: Fitted, tmp_path: Path
) -> None:
    tag = build(fitted, "1")
    folder = Path(bentoml.models.get(tag).path_of(SCORER_FOLDER))
    largest = max(folder.iterdir(), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)

    server = start(tag, tmp_path, free_port())
    try:
        assert server.wait(DEADLINE) != 0
    finally:
        server.kill()
    assert f"model {tag} was altered" in (tmp_path / "serve.log").read_text()
