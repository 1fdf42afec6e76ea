"""Processes that write to one ledger at the same time; imported by them, so it imports little."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import uuid4

from core.errors import LedgerError
from core.governance.ledger import Draft, Standing
from tests.processes import processes

_PATIENCE = 120  # seconds

Task = Callable[..., None]
Home = Mapping[str, str]


def submission(name: str, reason: str = "") -> Draft:
    """Of a run of its own."""
    return Draft(action="submission", by=name, reason=reason, run=str(uuid4()))


def together(
    task: Task, names: Sequence[str], *arguments: Any, homes: Sequence[Home] = ({},)
) -> list[int | None]:
    """Run ``task(barrier, name, *arguments)`` in a process for each name; their exit codes.

    Each process has the environment variables of a home, in turn, as on a machine of its own.
    """
    barrier = processes.Barrier(len(names))
    writers = [
        processes.Process(target=_started, args=(home, task, barrier, name, *arguments))
        for home, name in zip(cycle(homes), names, strict=False)
    ]
    for process in writers:
        process.start()
    for process in writers:
        process.join(_PATIENCE)
    return [process.exitcode for process in writers]


def _started(home: Home, task: Task, *arguments: Any) -> None:
    from cli.environment import prepare_environment, prepare_stack

    os.environ.update(home)
    prepare_environment()
    prepare_stack()
    task(*arguments)


def write_many(barrier: Barrier, name: str, model: str, count: int) -> None:
    from adapters.ledger import append

    barrier.wait(_PATIENCE)
    for number in range(count):
        append(model, submission(name, reason=str(number)))


def begin_once(barrier: Barrier, name: str, model: str) -> None:
    """Begin a change that nobody else has begun; ends with exit code 3 when somebody has."""
    from adapters.transaction import change

    draft = Draft(action="intent", by=name, reason="", purpose="withdrawal", before=Standing())
    barrier.wait(_PATIENCE)
    try:
        with change(model, draft):
            pass  # left open, as by a kill
    except LedgerError:
        raise SystemExit(3) from None


def die_before_the_witness(barrier: Barrier, name: str, model: str) -> None:
    """Killed when ZenML has the entry and MLflow does not yet know of it."""
    from adapters import ledger

    barrier.wait(_PATIENCE)
    ledger._witness_or_warn = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    ledger.append(model, submission(name))


def check(barrier: Barrier, name: str, model: str, writers: Sequence[str], each: int) -> None:
    """On a machine of its own: the ledger is whole, and every entry of every writer is there."""
    from zenml.client import Client

    from adapters.ledger import check_ledger

    barrier.wait(_PATIENCE)
    assert type(Client().zen_store).__name__ == "RestZenStore"
    entries, findings = check_ledger(model)
    assert findings == []
    assert [entry.number for entry in entries] == list(range(1, each * len(writers) + 1))
    for writer in writers:
        reasons = [entry.reason for entry in entries if entry.by == writer]
        assert reasons == [str(number) for number in range(each)]


def share_stack(barrier: Barrier, name: str, folder: str) -> None:
    """Our stack with an artifact store that every machine reaches, as on a server."""
    from zenml.client import Client
    from zenml.enums import StackComponentType
    from zenml.exceptions import EntityExistsError

    barrier.wait(_PATIENCE)
    client, kind = Client(), StackComponentType.ARTIFACT_STORE
    try:
        store = client.create_stack_component(
            name="shared", flavor="local", component_type=kind, configuration={"path": folder}
        )
        parts = {part: found[0].id for part, found in client.active_stack_model.components.items()}
        client.create_stack("machines", parts | {kind: store.id})
    except EntityExistsError:
        assert client.get_stack("machines")
    client.activate_stack("machines")


def look(barrier: Barrier, name: str) -> None:
    """MLflow makes its tables at its first use, and two first uses at once would collide."""
    from adapters.ledger import read_ledger

    barrier.wait(_PATIENCE)
    assert read_ledger("nobody") == []
