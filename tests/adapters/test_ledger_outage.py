"""An MLflow that is down: a clear refusal within seconds, and nothing is written."""

import socket
import time
from collections.abc import Iterator

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from adapters import ledger
from adapters.ledger import append, check_ledger, read_ledger
from adapters.ledger_store import stored_entries
from core.errors import LedgerError
from tests.adapters.ledger_writers import submission
from tests.gatehouse import run_cli

pytestmark = pytest.mark.integration


@pytest.fixture
def no_mlflow(stack: str) -> Iterator[None]:
    """Our stack, with MLflow at a port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    client, kind = Client(), StackComponentType.EXPERIMENT_TRACKER
    tracker = client.create_stack_component(
        name="gone_mlflow",
        flavor="mlflow",
        component_type=kind,
        configuration={
            "tracking_uri": f"http://127.0.0.1:{port}",
            "tracking_username": "nobody",
            "tracking_password": "none",
        },
    )
    parts = {part: found[0].id for part, found in client.active_stack_model.components.items()}
    made = client.create_stack("gone", parts | {kind: tracker.id})
    client.activate_stack(made.id)
    yield
    client.activate_stack(stack)
    client.delete_stack(made.id)
    client.delete_stack_component(tracker.id, kind)


def test_mlflow_is_down(no_mlflow: None) -> None:
    started = time.monotonic()
    with pytest.raises(LedgerError, match="MLflow, the witness of the ledger of outage"):
        append("outage", submission("ann"))
    assert time.monotonic() - started < 60
    assert stored_entries("outage") == []
    shown = run_cli("ledger", "show", "outage")
    assert shown.code == 1
    assert "can't be asked" in shown.error


def test_mlflow_goes_down_after_the_entry_is_written(
    stack: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The entry is there, so it counts; the next one tells MLflow."""

    def down(*_: object) -> None:
        raise LedgerError("MLflow is down")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "witness", down)
        entry = append("told_late", submission("ann"))
    assert "entry 1 is written, but MLflow is down" in caplog.text
    assert read_ledger("told_late") == [entry]
    assert [finding.kind for finding in check_ledger("told_late")[1]] == ["unfinished"]
    append("told_late", submission("ann"))
    assert check_ledger("told_late")[1] == []
