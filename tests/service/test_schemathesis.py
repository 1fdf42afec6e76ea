"""Thousands of odd requests, made from the service's own OpenAPI document."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service.servers import ADMIN_KEY, Server, Store, challenge, note, packed, served

pytestmark = pytest.mark.served
EXAMPLES = 15
# JSON Schema takes 3.0 for an integer, and can't know the labels of a model; we refuse both.
EXCLUDED = "positive_data_acceptance"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with packed(tmp_path_factory.mktemp("packed")) as store:
        challenge(store.releases["2"])
        yield store


def schemathesis(server: Server, *options: str) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{server.port}/openapi.json"
    command = [sys.executable, "-m", "schemathesis.cli", "run", url, "--no-color", *options]
    return subprocess.run(command, cwd=server.folder, capture_output=True, text=True, check=False)


def test_the_service_keeps_to_its_document(
    store: Store, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with served(store, tmp_path, workers=1, reload_seconds=None) as server:
        done = schemathesis(
            server,
            *("--header", f"X-API-Key: {ADMIN_KEY}", "--exclude-checks", EXCLUDED),
            *("--seed", "1", "--max-examples", str(EXAMPLES), "--continue-on-failure"),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        statuses: Counter[str] = Counter()
        for sample in server.samples("gatehouse_requests_total"):
            statuses[f"{sample.labels['status'][0]}xx"] += int(sample.value)
        assert statuses.keys() == {"2xx", "4xx"}
        assert "Traceback" not in server.output
    for family in ("2xx", "4xx", "5xx"):
        note(record_property, f"Schemathesis: answered with {family}", statuses[family])
