"""A built Bento, served by BentoML's own command and asked over HTTP."""

import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import bentoml
import numpy as np
import pytest

from core.channel import model_path
from core.data.prediction_log import read_predictions
from core.release import GOLDEN_FILE, SCORER_FOLDER
from service.schemas import ErrorBody
from tests.service.servers import (
    TEXTS,
    Server,
    Store,
    flip_byte,
    launch,
    packed,
    scorer_file,
    served,
)

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with packed(tmp_path_factory.mktemp("packed")) as store:
        yield store


def probabilities(server: Server) -> np.ndarray:
    """Of ``TEXTS``, in batches and one by one."""
    with server.client() as client:
        batch = client.post("/predict/batch", json={"texts": TEXTS}).json()["predictions"]
        single = [client.post("/predict", json={"text": text}).json() for text in TEXTS[:20]]
    rows = [list(answer["probabilities"].values()) for answer in batch]
    assert rows[:20] == [list(answer["probabilities"].values()) for answer in single]
    return np.array(rows)


def test_a_served_bento_answers_as_its_estimator(store: Store, tmp_path: Path) -> None:
    expected = store.expected()
    with served(store, tmp_path) as server:
        np.testing.assert_allclose(probabilities(server), expected["1"], rtol=0, atol=1e-9)
        assert server.get("/model/info")["model_tag"] == store.releases["1"].model_tag
        with server.client() as client:
            for path in ("/", "/livez", "/readyz", "/health", "/metrics", "/docs", "/openapi.json"):
                assert client.get(path).status_code == 200, path
            for method, path, status in (
                ("GET", "/nowhere", 404),
                ("GET", "/predict", 405),
                ("POST", "/predict", 415),
            ):
                response = client.request(method, path)
                assert response.status_code == status
                ErrorBody.model_validate_json(response.text)
        assert server.stop() == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(read_predictions(server.log)) == len(TEXTS) + 20


def test_a_newer_model_in_the_store_changes_nothing(store: Store, tmp_path: Path) -> None:
    with bentoml.models.create("news") as newer:
        shutil.copytree(
            model_path(store.home, store.releases["2"].model_tag) / SCORER_FOLDER,
            newer.path_of(SCORER_FOLDER),
        )
    assert bentoml.models.get("news:latest").tag == newer.tag
    with served(store, tmp_path, workers=1) as server:
        np.testing.assert_allclose(probabilities(server), store.expected()["1"], rtol=0, atol=1e-9)


def test_a_restart_goes_on_where_the_server_ended(store: Store, tmp_path: Path) -> None:
    for _ in range(2):
        with served(store, tmp_path, workers=1) as server:
            probabilities(server)
            assert server.stop() == 0
    assert len(read_predictions(server.log)) == 2 * (len(TEXTS) + 20)


def test_ctrl_c_ends_everything(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path) as server:
        probabilities(server)
        family = server.workers()
        # A terminal sends it to the whole group.
        server.signal_group(signal.SIGINT)
        assert server.process.wait(30) == 0
        server.wait_until(lambda: not any(worker.is_running() for worker in family))
    assert "Traceback" not in server.output
    assert len(read_predictions(server.log)) == len(TEXTS) + 20


def alter_scorer(store: Store) -> dict[str, str]:
    flip_byte(scorer_file(store, store.releases["1"]))
    return {}


def alter_golden(store: Store) -> dict[str, str]:
    flip_byte(model_path(store.home, store.releases["1"].model_tag) / GOLDEN_FILE)
    return {}


def remove_model(store: Store) -> dict[str, str]:
    bentoml.models.delete(store.releases["1"].model_tag)
    return {}


def set_environment(name: str, value: str) -> Callable[[Store], dict[str, str]]:
    return lambda _: {name: value}


REFUSALS = [
    pytest.param(alter_scorer, 1, "has SHA-256", id="scorer"),
    pytest.param(alter_golden, 1, "golden.json", id="golden"),
    pytest.param(remove_model, 1, "could not be found", id="model"),
    pytest.param(
        set_environment("GATEHOUSE_SERVING", "{workerz: 2}"),
        2,
        "GATEHOUSE_SERVING: workerz is not a known key",
        id="key",
    ),
    pytest.param(
        set_environment("GATEHOUSE_SERVING", "{cors_origins: ['https://.']}"),
        2,
        "'https://.' is no origin",
        id="origin",
    ),
    pytest.param(
        set_environment("GATEHOUSE_API_KEYS", "operator"),
        2,
        "API keys, line 1: expected NAME:SCOPE:SHA256",
        id="api keys",
    ),
    pytest.param(
        set_environment("GATEHOUSE_API_KEY", "typo"),
        2,
        "GATEHOUSE_API_KEY is unknown",
        id="unknown variable",
    ),
    pytest.param(
        set_environment("GATEHOUSE_LOG_KEY", ""), 2, "GATEHOUSE_LOG_KEY is set but empty", id="log"
    ),
]


@pytest.mark.parametrize(("spoil", "code", "message"), REFUSALS)
def test_a_server_that_can_t_serve_says_why_in_one_line(
    store: Store,
    tmp_path: Path,
    spoil: Callable[[Store], dict[str, str]],
    code: int,
    message: str,
) -> None:
    model = model_path(store.home, store.releases["1"].model_tag)
    shutil.copytree(model, tmp_path / "model")
    try:
        server = launch(store.tag, tmp_path, **spoil(store))
        try:
            assert server.process.wait(60) == code
        finally:
            server.kill()
    finally:
        shutil.rmtree(model, ignore_errors=True)
        shutil.copytree(tmp_path / "model", model)
    (line,) = server.output.splitlines()
    assert line.lower().startswith("error: ")
    assert message in line
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_port_that_is_taken_is_named(store: Store, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = launch(store.tag, tmp_path, port=port)
        try:
            assert server.process.wait(60) == 1
        finally:
            server.kill()
    last = server.output.splitlines()[-1]
    assert last.startswith(f"error: can't listen on 127.0.0.1:{port}: ")
    assert "Traceback" not in server.output
