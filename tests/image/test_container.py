"""The image in operation: read-only, without rights, its entry point as process 1."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from core.prediction_log import segments
from tests.image.conftest import Image
from tests.image.container import Container, started
from tests.serving import LABELS, Fitted

pytestmark = [pytest.mark.integration, pytest.mark.served]


@pytest.fixture
def container(image: Image, tmp_path: Path) -> Iterator[Container]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started(image.root, image.config, tmp_path, port) as running:
        yield running


def probabilities(client: httpx.Client, text: str) -> list[float]:
    answer = client.post("/predict", json={"text": text})
    assert answer.status_code == 200, answer.text
    return [answer.json()["probabilities"][label] for label in LABELS]


def test_it_answers_as_the_estimator_and_stops_when_told(
    container: Container, image: Image, fitted: Fitted
) -> None:
    answers = [probabilities(container.client, text) for text in fitted.texts]
    expected = fitted.estimator.predict_proba(fitted.texts)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-9)

    everybody = [container.first, *container.workers()]
    assert len(everybody) == 2
    assert container.stop() == 0
    _, alive = psutil.wait_procs(everybody, timeout=10)
    assert alive == []
    assert segments(container.logs, "predictions"), "the log volume is empty"


def test_it_needs_no_rights_and_no_writable_root(container: Container) -> None:
    for process in (container.first, *container.workers()):
        status = Path(f"/proc/{process.pid}/status").read_text()
        held = dict(line.split(":\t", 1) for line in status.splitlines())
        assert held["Uid"].split() == ["10001"] * 4
        assert {int(held[key], 16) for key in ("CapEff", "CapPrm", "CapBnd")} == {0}
        assert held["NoNewPrivs"] == "1"
    mounts = Path(f"/proc/{container.first.pid}/mounts").read_text().splitlines()
    options = {line.split()[1]: line.split()[3].split(",") for line in mounts}
    assert "ro" in options["/"]
    assert {"noexec", "nosuid", "nodev"} <= set(options["/tmp"])


def test_the_health_check_tells_a_running_service(container: Container, image: Image) -> None:
    check = image.config["Healthcheck"]["Test"][1:]
    assert container.execute(*check) == 0
    assert container.execute(*check, BENTOML_PORT="1") != 0


def test_a_worker_that_dies_is_replaced(container: Container, fitted: Fitted) -> None:
    (worker,) = container.workers()
    worker.kill()
    worker.wait(10)
    container.wait_until_healthy()
    assert probabilities(container.client, fitted.texts[0])
    assert [other.pid for other in container.workers()] != [worker.pid]
