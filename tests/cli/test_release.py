"""A release made by ``python run.py`` in a process of its own, and served by ``bentoml serve``."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from zenml.client import Client

from adapters.registry import model_registry, production_version
from tests.conftest import ROOT
from tests.gatehouse import SHARED_SEED, Trained, job
from tests.service.servers import Server, launch

pytestmark = [pytest.mark.integration, pytest.mark.served]


@pytest.fixture(scope="module")
def released(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An uncached run with the settings of the shared model, under a name of its own."""
    config = job(tmp_path_factory.mktemp("released"), "apart", seed=SHARED_SEED)
    command = [sys.executable, "run.py", "--config", str(config), "--json"]
    done = subprocess.run(
        [*command, "--set", "zenml.enable_cache=false"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "default"},
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


@contextmanager
def served(tag: str, folder: Path) -> Iterator[Server]:
    server = launch(tag, folder)
    try:
        server.wait_until(lambda: is_healthy(server), 90)
        yield server
    finally:
        server.kill()


def is_healthy(server: Server) -> bool:
    assert server.process.poll() is None, server.output
    try:
        return server.get("/health")["status"] == "ok"
    except httpx.TransportError:
        return False


def test_another_process_gives_the_same_bytes(trained: Trained, released: Any) -> None:
    one, other = production_version("shared"), production_version("apart")
    assert one is not None
    assert other is not None
    for name in ("model_sha256", "scorer_sha256", "data_fingerprint"):
        assert one.run_metadata[name] == other.run_metadata[name], name
    assert released["metrics"] == trained.outcome["metrics"]


def test_the_latest_bento_answers_as_the_registered_model(released: Any, tmp_path: Path) -> None:
    import mlflow.sklearn

    model_registry()  # tells MLflow its address
    estimator = mlflow.sklearn.load_model("models:/apart@champion")
    steps = Client().get_pipeline_run(released["run_id"]).steps
    test = steps["split_data"].outputs["test"][0].load()
    texts = test.texts[:25]
    expected = estimator.predict_proba(texts)
    with served("apart:latest", tmp_path) as server, server.client() as client:
        for text, row in zip(texts, expected, strict=True):
            answer = client.post("/predict", json={"text": text, "top_k": 4}).json()
            scores = {s["label_id"]: s["confidence"] for s in answer["top_predictions"]}
            got = [scores[i] for i in range(4)]
            np.testing.assert_allclose(got, row, rtol=0, atol=1e-9)
            assert answer["label_id"] == row.argmax()
            assert answer["label"] == test.labels[row.argmax()]
            assert answer["confidence"] == max(got)
            assert answer["model_version"] == released["version"]
        batch = client.post("/predict/batch", json={"texts": texts}).json()
        assert batch["count"] == len(texts)
        assert [p["label_id"] for p in batch["predictions"]] == list(expected.argmax(axis=1))
        info = client.get("/model/info").json()
        assert info["model_tag"] == released["bento"]
