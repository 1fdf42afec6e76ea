"""What the processes of the tests are forked from."""

import pytest
from zenml.client import Client

from tests.processes import PRELOAD, processes

pytestmark = pytest.mark.integration


def look(said: "processes.Queue[tuple[bool, set[str]]]") -> None:
    import sys

    said.put((Client._global_client is None, set(PRELOAD) - set(sys.modules)))


def test_the_server_has_imported_all_and_has_no_client() -> None:
    said = processes.Queue()
    process = processes.Process(target=look, args=(said,))
    process.start()
    assert said.get(timeout=120) == (True, set())
    process.join(60)
